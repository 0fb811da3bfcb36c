"""A plan and the chosen models in, an AgentSession out."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from livekit.agents import AgentSession
from livekit.agents.llm import RealtimeModel
from livekit.agents.voice.room_io import RoomOptions

from offhook.models.build import Models
from offhook.models.turns import check_turn_detection
from offhook.session.plan import Plan

__all__ = ["build_session", "check_session", "room_options"]


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
    if isinstance(given.get("llm"), RealtimeModel) or given.keys() >= {"vad", "stt", "llm", "tts", "turn_handling"}:
        return AgentSession(**given)
    chosen = models()
    defaults: dict[str, Any] = {
        "vad": chosen.vad,
        "stt": chosen.stt,
        "llm": chosen.llm,
        "tts": chosen.tts,
        "turn_handling": chosen.turn_handling,
    }
    return AgentSession(**(defaults | given))


def check_session(session: AgentSession[Any]) -> None:
    """Refuse a session that would never answer; raises `PlanError`."""
    check_turn_detection(session.turn_detection)


def room_options(plan: Plan, caller: str) -> RoomOptions:
    """LiveKit's room options for this caller.

    The caller is named, so that a listener who joined first is not taken for them; and the session stays open when
    the caller leaves, because the supervisor closes it once the last words are safe.
    """
    return replace(plan.room or RoomOptions(), participant_identity=caller, close_on_disconnect=False)
