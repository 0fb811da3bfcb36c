"""Decides whether offhook or LiveKit reacts to a caller who makes a sound while the agent speaks."""

from collections.abc import Mapping
from typing import Any, Literal

from livekit.agents import AgentSession

from offhook.core.barge_in import BargeIn
from offhook.core.errors import PlanError

__all__ = ["resolved"]

_OLDER = {
    "agent_false_interruption_timeout",
    "allow_interruptions",
    "false_interruption_timeout",
    "min_interruption_duration",
    "min_interruption_words",
    "resume_false_interruption",
}
"""Arguments of `AgentSession` about interruptions. These arguments are older than `turn_handling`."""
_OWN = {"enabled", "false_interruption_timeout", "min_duration", "min_words", "resume_false_interruption"}
"""The interruption options that a `BargeIn` in the plan replaces."""


def resolved(
    barge_in: BargeIn | Literal["auto"] | None, session: Mapping[str, Any] | AgentSession[Any]
) -> BargeIn | None:
    """Return the settings for offhook's barge-in policy, or None if only LiveKit reacts to interruptions. Raises
    `PlanError` if the plan has a `BargeIn` and also session arguments about interruptions.
    """
    own = isinstance(session, AgentSession) or _own_options(session)
    if barge_in == "auto":
        return None if own else BargeIn()
    if barge_in is not None and isinstance(own, set) and own:
        raise PlanError(
            f"Plan(barge_in=…) replaces LiveKit's rules for interruptions, and session has {', '.join(sorted(own))}; "
            "leave out one of the two"
        )
    return barge_in


def _own_options(session: Mapping[str, Any]) -> set[str]:
    """Return the names of the interruption options that the plan's session sets."""
    handling = session.get("turn_handling")
    interruption = handling.get("interruption") if isinstance(handling, Mapping) else None
    own = interruption.keys() & _OWN if isinstance(interruption, Mapping) else set()
    return own | (session.keys() & _OLDER)
