"""Builds the AgentSession of one call from its plan and the models that the settings select."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Literal

from livekit.agents import AgentSession
from livekit.agents.llm import RealtimeModel
from livekit.agents.voice.room_io import RoomOptions

from offhook.core.errors import PlanError
from offhook.core.patience import Patience, Preset
from offhook.core.work_ahead import WorkAhead
from offhook.models.build import Models
from offhook.models.turn_detection import check_turn_detection, realtime_turns
from offhook.session.inbound.graded_detectors import with_patience
from offhook.session.inbound.words_vad import with_words
from offhook.session.plan import Plan
from offhook.session.typed_text import with_limit

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
"""Arguments of `AgentSession` that are older than `turn_handling`. LiveKit ignores them if `turn_handling` is given."""


def build_session(
    plan: Plan, models: Callable[[], Models], *, endpointing: Preset | Literal["plain"] = "normal"
) -> AgentSession[Any]:
    """Build the session of one call. Session arguments in the plan replace the models that the settings select.

    `endpointing` is the default for a plan without an `endpointing`. If the plan gives an `AgentSession`, a
    `turn_handling` or an argument in `_OLDER`, offhook does not change the endpointing.
    """
    given = plan.session
    session = given if isinstance(given, AgentSession) else _new_session(plan, dict(given), models, endpointing)
    check_session(session)
    if plan.work_ahead is not None and not session.options.preemptive_generation["enabled"]:
        raise PlanError(
            "Plan(work_ahead=…) begins answers early, but preemptive_generation is off in the plan's session; "
            "leave one of the two out"
        )
    return session


def _new_session(
    plan: Plan, given: dict[str, Any], models: Callable[[], Models], endpointing: Preset | Literal["plain"]
) -> AgentSession[Any]:
    handling = given.get("turn_handling")
    if isinstance(handling, Mapping):
        check_turn_detection(handling.get("turn_detection"))
    check_turn_detection(given.get("turn_detection"))
    if given.keys() >= {"vad", "stt", "llm", "tts", "turn_handling"}:
        return AgentSession(**_with_early_answers(given, plan.work_ahead))
    defaults = _defaults(given.get("llm"), models())
    if given.keys() & _OLDER:
        defaults.pop("turn_handling", None)  # otherwise LiveKit would ignore the older arguments
    return _with_patience(defaults, given, plan.endpointing or endpointing, plan.work_ahead)


def _with_patience(
    defaults: dict[str, Any],
    given: dict[str, Any],
    patience: Preset | Literal["plain"] | Patience,
    ahead: WorkAhead | None,
) -> AgentSession[Any]:
    """Build the session. If the plan has no turn handling, `patience` sets the agent's delay before an answer."""
    if patience == "plain" or "turn_handling" in given or "turn_handling" not in defaults:
        return AgentSession(**_with_early_answers(defaults | given, ahead))
    handling, endpointing = with_patience(defaults["turn_handling"], patience)
    arguments = defaults | given | {"turn_handling": handling}
    if endpointing is not None and "vad" not in given:  # a VAD that the plan gives is not wrapped
        arguments["vad"] = with_words(arguments["vad"], arguments.get("stt"), endpointing)
    session: AgentSession[Any] = AgentSession(**_with_early_answers(arguments, ahead))
    if endpointing is not None:
        endpointing.belongs_to(session)
    return session


def _with_early_answers(arguments: dict[str, Any], ahead: WorkAhead | None) -> dict[str, Any]:
    """Return the arguments with options for preemptive answers. The plan's own options take precedence.

    `per_turn` limits the answers that begin on interim transcripts. `max_retries` is `per_turn` + 1, because LiveKit
    may begin one more answer on the final transcript.
    """
    handling = arguments.get("turn_handling")
    if ahead is None or not isinstance(handling, Mapping):
        return arguments
    early = {"preemptive_tts": ahead.voice, "max_retries": ahead.per_turn + 1}
    chosen = {**early, **handling.get("preemptive_generation", {})}
    return arguments | {"turn_handling": {**handling, "preemptive_generation": chosen}}


def _defaults(llm: object, models: Models) -> dict[str, Any]:
    """Return the models that the settings select, without the models that do not work with the plan's LLM."""
    if isinstance(llm, RealtimeModel):
        # The TTS is kept, because a Realtime model alone cannot speak the exact words of a greeting or a goodbye.
        rest = {"vad": models.vad, "tts": models.tts}
        return rest | ({"turn_handling": realtime_turns()} if llm.capabilities.turn_detection else {})
    if llm is not None and isinstance(models.llm, RealtimeModel):
        raise PlanError(
            "the plan gives an llm, but OFFHOOK_REALTIME selects no STT for it; "
            "unset OFFHOOK_REALTIME, or give vad, stt, llm, tts and turn_handling in Plan(session=…)"
        )
    return models.session


def check_session(session: AgentSession[Any]) -> None:
    """Raise `PlanError` for a session whose turn detection cannot work."""
    check_turn_detection(session.turn_detection)


def room_options(plan: Plan, caller: str) -> RoomOptions:
    """Return LiveKit's room options for this caller.

    The options contain the caller's identity, because LiveKit would otherwise take the first participant as the caller,
    even a participant who only listens. The session stays open when the caller leaves; offhook closes the session at
    the end of the call.
    """
    options = replace(plan.room or RoomOptions(), participant_identity=caller, close_on_disconnect=False)
    return with_limit(options)
