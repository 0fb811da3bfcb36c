"""Ends a call that has lasted as long as a call may last."""

from collections.abc import Sequence

from offhook.core.ending import Limits
from offhook.core.facts import Fact, Planned, SessionStarted, Tick
from offhook.core.wishes import EndCall, Wish

__all__ = ["Timekeeper"]


class Timekeeper:
    """Counts from the start of the session."""

    def __init__(self) -> None:
        self._limits = Limits()
        self.deadline: float | None = None

    def handle(self, fact: Fact, now: float) -> Sequence[Wish]:
        match fact:
            case Planned(limits=limits):
                self._limits = limits
            case SessionStarted() if self.deadline is None:
                self.deadline = now + self._limits.seconds
            case Tick() if self.deadline is not None and now >= self.deadline:
                self.deadline = None
                why = f"{self._limits.seconds:g} s are the longest a call may take"
                return [EndCall("limit", goodbye=self._limits.goodbye, by="limits", why=why)]
        return ()
