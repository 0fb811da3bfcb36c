"""Ends a call whose session does not start, so that a connected caller does not wait in silence."""

from collections.abc import Sequence
from typing import ClassVar

from offhook.core.decisions import Decision, EndCall
from offhook.core.facts import (
    CallerFound,
    CallerLeft,
    CallerStatus,
    EndRequested,
    Fact,
    PauseChanged,
    Planned,
    SessionStarted,
    Tick,
)
from offhook.core.ladder import Caps

__all__ = ["START", "StartPolicy"]

START = 20.0
"""Seconds that a session may take to start after the caller is connected."""
_PAUSED = Caps().paused
_WHY = (
    f"the session did not start within {START:g} s: in a `supervise` block, call `await session.start(…)` first, "
    "or `ongoing.pause()` if the session starts later"
)


class StartPolicy:
    """Ends the call if the session does not start within `START` seconds.

    The time starts when the plan is known and the caller is connected. When a pause begins or ends, the time starts
    again from zero. During a pause, the limit is the default of `Caps.paused` instead of `START`.
    """

    name: ClassVar[str] = "start"

    def __init__(self) -> None:
        self._planned = self._active = self._finished = False
        self._pauses: set[str] = set()
        self.deadline: float | None = None

    def handle(self, fact: Fact, now: float) -> Sequence[Decision]:
        match fact:
            case Planned():
                self._planned = True
                self._count(now)
            case CallerFound(active=active):
                self._active = active
                self._count(now)
            case CallerStatus(status="active"):
                self._active = True
                self._count(now)
            case PauseChanged(why=why, paused=paused):
                (self._pauses.add if paused else self._pauses.discard)(why)
                self._count(now)
            case SessionStarted() | EndRequested() | CallerLeft():
                self._finished, self.deadline = True, None
            case Tick() if self.deadline is not None and now >= self.deadline:
                self._finished, self.deadline = True, None
                return [EndCall("error", by=self.name, why=_WHY)]
        return ()

    def _count(self, now: float) -> None:
        if self._planned and self._active and not self._finished:
            self.deadline = now + (_PAUSED if self._pauses else START)
