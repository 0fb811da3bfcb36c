"""If code marks the caller away, this policy keeps the mark until code removes the mark.

LiveKit's own state `away` ends with the caller's next sound (livekit/agents#6030). Therefore this policy marks the
caller away again at the next silence, but not while the agent is quiet.
"""

from collections.abc import Sequence
from typing import ClassVar

from offhook.core.decisions import Decision, MarkAway
from offhook.core.facts import AgentStateChanged, AwayRequested, CallerStateChanged, Fact, QuietChanged

__all__ = ["AwayPolicy"]


class AwayPolicy:
    """Marks the caller away on request, not by a timer."""

    name: ClassVar[str] = "away"

    deadline: float | None = None

    def __init__(self) -> None:
        self._requested_by = ""
        self._agent_listens = self._quiet = False
        self._caller = "listening"

    def handle(self, fact: Fact, now: float) -> Sequence[Decision]:  # noqa: ARG002  # the signature of every policy
        match fact:
            case AwayRequested(away=True, by=by):
                self._requested_by = by
                return [MarkAway(away=True, why=f"requested by {by}")]
            case AwayRequested(by=by):
                self._requested_by = ""
                return [MarkAway(away=False, why=f"requested by {by}")]
            case AgentStateChanged(state=state):
                self._agent_listens = state == "listening"
            case CallerStateChanged(state=state):
                self._caller = state
            case QuietChanged(mode=mode):
                self._quiet = bool(mode)
            case _:
                return ()
        if self._requested_by and not self._quiet and self._agent_listens and self._caller == "listening":
            return [MarkAway(away=True, why=f"still requested by {self._requested_by}")]
        return ()
