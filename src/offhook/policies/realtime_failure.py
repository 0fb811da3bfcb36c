"""Ends a call whose Realtime model failed, if the session does not close.

Without its Realtime model a session cannot continue. After such a failure, the session of livekit-agents 1.8.9 never
emits `close`, because its teardown fails with the same error. Without this policy, the caller would stay in a silent
room.
"""

from collections.abc import Sequence
from typing import ClassVar

from offhook.core.decisions import Decision, EndCall
from offhook.core.facts import EndRequested, Fact, ModelFailed, SessionClosed, Tick

__all__ = ["RealtimeFailurePolicy"]

GRACE = 1.0
"""Seconds that the session may take to close after the error."""


class RealtimeFailurePolicy:
    """After a fatal error of the Realtime model, waits `GRACE` seconds for the session to close, then ends the call."""

    name: ClassVar[str] = "realtime_failure"

    def __init__(self) -> None:
        self._error = ""
        self.deadline: float | None = None

    def handle(self, fact: Fact, now: float) -> Sequence[Decision]:
        match fact:
            case ModelFailed(stage="realtime_model_error", recoverable=False, error=error) if not self._error:
                self._error, self.deadline = error, now + GRACE
            case SessionClosed() | EndRequested():
                self.deadline = None
            case Tick() if self.deadline is not None and now >= self.deadline:
                self.deadline = None
                return [EndCall("error", by=self.name, why=f"the realtime model failed: {self._error}")]
        return ()
