"""Keeps a caller away for as long as somebody says so.

LiveKit's own `away` ends with the next sound (livekit/agents#6030); one that was forced comes back at the next
silence, until it is released.
"""

from collections.abc import Sequence

from offhook.core.facts import AgentTurned, AwayWanted, CallerTurned, Fact
from offhook.core.wishes import MarkAway, Wish

__all__ = ["Presence"]


class Presence:
    """Away by order, not by timer."""

    deadline: float | None = None

    def __init__(self) -> None:
        self._forced_by = ""
        self._agent_listens = False
        self._caller = "listening"

    def handle(self, fact: Fact, now: float) -> Sequence[Wish]:  # noqa: ARG002  # the shape of every policy
        match fact:
            case AwayWanted(away=True, by=by):
                self._forced_by = by
                return [MarkAway(away=True, why=f"by {by}")]
            case AwayWanted(by=by):
                self._forced_by = ""
                return [MarkAway(away=False, why=f"by {by}")]
            case AgentTurned(state=state):
                self._agent_listens = state == "listening"
            case CallerTurned(state=state):
                self._caller = state
            case _:
                return ()
        if self._forced_by and self._agent_listens and self._caller == "listening":
            return [MarkAway(away=True, why=f"still by {self._forced_by}")]
        return ()
