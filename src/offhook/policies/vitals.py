"""Ends a call whose model is dead although nobody says so.

A Realtime model that dies takes the whole conversation with it, and livekit-agents 1.8.9 then never emits `close`:
its teardown trips over the same error. The caller would sit in a mute room.
"""

from collections.abc import Sequence

from offhook.core.facts import EndWanted, Fact, ModelFailed, SessionClosed, Tick
from offhook.core.wishes import EndCall, Wish

__all__ = ["Vitals"]

GRACE = 1.0
"""Seconds in which the session may close by itself."""


class Vitals:
    """Waits for the session to close after a fatal error, and no longer."""

    def __init__(self) -> None:
        self._error = ""
        self.deadline: float | None = None

    def handle(self, fact: Fact, now: float) -> Sequence[Wish]:
        match fact:
            case ModelFailed(stage="realtime_model_error", recoverable=False, error=error) if not self._error:
                self._error, self.deadline = error, now + GRACE
            case SessionClosed() | EndWanted():
                self.deadline = None
            case Tick() if self.deadline is not None and now >= self.deadline:
                self.deadline = None
                return [EndCall("error", by="vitals", why=f"the realtime model is dead: {self._error}")]
        return ()
