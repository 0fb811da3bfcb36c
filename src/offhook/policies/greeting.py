"""Greets when both are there: the session can speak and the caller's line is active, not just ringing."""

from collections.abc import Sequence

from offhook.core.facts import CallerFound, CallerStatus, Fact, Planned, SessionStarted
from offhook.core.wishes import Say, Wish

__all__ = ["TAG", "Greeter"]

TAG = "greeting"


class Greeter:
    """Says the greeting once."""

    deadline: float | None = None

    def __init__(self) -> None:
        self._text: str | None = None
        self._active = False
        self._started = False

    def handle(self, fact: Fact, now: float) -> Sequence[Wish]:  # noqa: ARG002  # the shape of every policy
        match fact:
            case Planned(greeting=text):
                self._text = text
            case CallerFound(active=active):
                self._active = self._active or active
            case CallerStatus(status="active"):
                self._active = True
            case SessionStarted():
                self._started = True
        if not (self._text and self._active and self._started):
            return ()
        text, self._text = self._text, None
        return [Say(text, tag=TAG, why="the caller is on the line and the session can speak")]
