"""Greets the caller as soon as the session can speak and the caller's leg is active, not only ringing."""

from collections.abc import Sequence
from typing import ClassVar

from offhook.core.decisions import Decision, Note, Say
from offhook.core.facts import (
    AnsweredBy,
    CallerFound,
    CallerStatus,
    Fact,
    PauseChanged,
    Planned,
    QuietChanged,
    SessionStarted,
)

__all__ = ["TAG", "GreetingPolicy"]

TAG = "greeting"


class GreetingPolicy:
    """Says the greeting once. There is no greeting if a machine answered, or if the agent is quiet when the greeting is
    due.
    """

    name: ClassVar[str] = "greeting"

    deadline: float | None = None

    def __init__(self) -> None:
        self._text: str | None = None
        self._active = False
        self._started = False
        self._quiet = False
        self._detecting = False

    def handle(self, fact: Fact, now: float) -> Sequence[Decision]:  # noqa: ARG002  # the signature of every policy
        match fact:
            case Planned(greeting=text):
                self._text = text
            case CallerFound(active=True) | CallerStatus(status="active"):
                self._active = True
            case SessionStarted():
                self._started = True
            case QuietChanged(mode=mode):
                self._quiet = bool(mode)
            case PauseChanged(why="amd", paused=paused):
                self._detecting = paused
            case AnsweredBy(who="voicemail" | "mailbox_full" | "screening"):
                self._text = None
        if self._detecting:
            return ()
        if not (self._text and self._active and self._started):
            return ()
        text, self._text = self._text, None
        if self._quiet:
            return [Note(why="the greeting is not said: the agent is quiet")]
        return [Say(text, tag=TAG, why="the caller is connected and the session can speak")]
