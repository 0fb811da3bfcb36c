"""Selects the turn detection, which decides when the caller has finished speaking."""

import difflib
from typing import Literal

from livekit.agents import TurnHandlingOptions, inference

from offhook.core.errors import PlanError
from offhook.selection import Choices
from offhook.settings import Settings

__all__ = ["check_turn_detection", "realtime_turns", "turn_handling", "uses_turn_detector"]

NAMES = ("stt", "vad", "realtime_llm", "manual")


def turn_handling(settings: Settings, chosen: Choices) -> TurnHandlingOptions:
    """Return LiveKit's options for turns. They are the same in development and production, and use no cloud model of
    LiveKit.
    """
    mode = _mode(settings, chosen)
    if mode == "realtime_llm":
        return realtime_turns()
    if mode == "stt" and _flux(chosen):
        # Flux itself decides when a turn has ended. A further delay in LiveKit would only add silence.
        return {"turn_detection": "stt", "interruption": {"mode": "vad"}, "endpointing": {"min_delay": 0.0}}
    if mode == "v1-mini":
        return {
            "turn_detection": inference.TurnDetector(version="v1-mini"),
            # Without this value, LiveKit would use its cloud model for interruptions if LIVEKIT_DEV_MODE is set.
            "interruption": {"mode": "vad"},
        }
    # After the caller's speech, LiveKit waits 0.3 s by default if its turn detector is used, but 0.5 s with "vad". The
    # longer delay would only add 0.2 s of silence to each answer.
    return {"turn_detection": mode, "interruption": {"mode": "vad"}, "endpointing": {"min_delay": 0.3}}


def uses_turn_detector(settings: Settings, chosen: Choices) -> bool:
    """Return True if `turn_handling` selects LiveKit's local turn detector."""
    return _mode(settings, chosen) == "v1-mini"


def _mode(settings: Settings, chosen: Choices) -> Literal["vad", "stt", "v1-mini", "realtime_llm"]:
    if settings.turn_detection != "auto":
        return settings.turn_detection
    if chosen.realtime is not None:
        return "realtime_llm"
    if _flux(chosen):
        return "stt"
    # PocketSphinx is for first calls and tests. In tests, a TTS voice plays the caller and does not end sentences as
    # people do. Therefore the VAD ends turns, not LiveKit's turn detector.
    return "vad" if chosen.stt[0].provider == "pocketsphinx" else "v1-mini"


def _flux(chosen: Choices) -> bool:
    """True if every STT is Deepgram's Flux, which is a turn detector too. A fallback STT that has no turn detection
    would never end a turn.
    """
    return bool(chosen.stt) and all(choice.model.startswith("flux") for choice in chosen.stt)


def realtime_turns() -> TurnHandlingOptions:
    """Return the options for a Realtime model. With any other `turn_detection`, LiveKit switches the model's own turn
    detection off.
    """
    return {"turn_detection": "realtime_llm", "interruption": {"mode": "vad"}}


def check_turn_detection(value: object) -> None:
    """Raise `PlanError` for an unknown name, because LiveKit would accept it, and the agent would never answer."""
    if not isinstance(value, str) or value in NAMES:
        return
    near = difflib.get_close_matches(value, NAMES, n=1)
    advice = f"did you mean {near[0]!r}?" if near else f"use one of {', '.join(NAMES)}, or a detector object"
    raise PlanError(f"turn_detection={value!r} is unknown; {advice}")
