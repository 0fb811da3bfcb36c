"""Waits for a caller who is missing after the connection was interrupted; a departure that we could not see."""

from collections.abc import Sequence

from offhook.core.ending import Scope
from offhook.core.facts import CallerBack, CallerMissing, Fact, Others, Tick
from offhook.core.wishes import EndCall, Wish

__all__ = ["Doorkeeper"]

PATIENCE = 10.0
"""Seconds in which a caller's client comes back by itself after the server was away."""


class Doorkeeper:
    """Lets the call go on when the caller is back in time."""

    def __init__(self) -> None:
        self._others = 0
        self.deadline: float | None = None

    def handle(self, fact: Fact, now: float) -> Sequence[Wish]:
        match fact:
            case Others(count=count):
                self._others = count
            case CallerMissing():
                self.deadline = now + PATIENCE
            case CallerBack():
                self.deadline = None
            case Tick() if self.deadline is not None and now >= self.deadline:
                self.deadline = None
                why = f"the caller did not come back within {PATIENCE:g} s after the connection was interrupted"
                scope: Scope = "agent" if self._others else "room"
                return [EndCall("caller_hung_up", goodbye="", scope=scope, by="doorkeeper", why=why)]
        return ()
