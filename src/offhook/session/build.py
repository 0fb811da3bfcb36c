"""A plan and the chosen models in, an AgentSession out."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from livekit.agents import AgentSession
from livekit.agents.llm import RealtimeModel
from livekit.agents.voice.room_io import RoomOptions

from offhook.core.errors import PlanError
from offhook.models.build import Models
from offhook.models.turns import check_turn_detection, realtime_turns
from offhook.session.plan import Plan

__all__ = ["build_session", "check_session", "room_options"]

_OLDER = {
    "agent_false_interruption_timeout",
    "allow_interruptions",
    "discard_audio_if_uninterruptible",
    "false_interruption_timeout",
    "max_endpointing_delay",
    "min_endpointing_delay",
    "min_interruption_duration",
    "min_interruption_words",
    "preemptive_generation",
    "resume_false_interruption",
    "turn_detection",
}
"""Arguments of `AgentSession` that were there before `turn_handling`, and that it silences."""


def build_session(plan: Plan, models: Callable[[], Models]) -> AgentSession[Any]:
    """Build the session of one call; what the plan gives wins over what the settings chose."""
    if isinstance(plan.session, AgentSession):
        check_session(plan.session)
        return plan.session
    given = dict(plan.session)
    handling = given.get("turn_handling")
    if isinstance(handling, Mapping):
        check_turn_detection(handling.get("turn_detection"))
    check_turn_detection(given.get("turn_detection"))
    if given.keys() >= {"vad", "stt", "llm", "tts", "turn_handling"}:
        return AgentSession(**given)
    defaults = _defaults(given.get("llm"), models())
    if given.keys() & _OLDER:
        defaults.pop("turn_handling", None)  # LiveKit would take it, and pass over what the plan says
    return AgentSession(**(defaults | given))


def _defaults(llm: object, chosen: Models) -> dict[str, Any]:
    """What the settings chose, as far as it goes with the plan's own language model."""
    if isinstance(llm, RealtimeModel):
        # The voice stays: without one a Realtime model cannot say a greeting or a goodbye word for word.
        rest = {"vad": chosen.vad, "tts": chosen.tts}
        return rest | ({"turn_handling": realtime_turns()} if llm.capabilities.turn_detection else {})
    if llm is not None and isinstance(chosen.llm, RealtimeModel):
        raise PlanError(
            "the plan gives an llm, but OFFHOOK_REALTIME leaves it without speech recognition; "
            "unset OFFHOOK_REALTIME, or give vad, stt, llm, tts and turn_handling in Plan(session=…)"
        )
    return chosen.session


def check_session(session: AgentSession[Any]) -> None:
    """Refuse a session that would never answer; raises `PlanError`."""
    check_turn_detection(session.turn_detection)


def room_options(plan: Plan, caller: str) -> RoomOptions:
    """LiveKit's room options for this caller.

    The caller is named, so that a listener who joined first is not taken for them; and the session stays open when
    the caller leaves, because the supervisor closes it once the last words are safe.
    """
    return replace(plan.room or RoomOptions(), participant_identity=caller, close_on_disconnect=False)
