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
    """Return the options for turns: the same in development and production, and without cloud models of LiveKit."""
    mode = _mode(settings, chosen)
    if mode == "realtime_llm":
        return realtime_turns()
    if mode == "stt" and _flux(chosen):
        # Flux itself decides when a turn has ended. A further delay would only add silence.
        return {"turn_detection": "stt", "interruption": {"mode": "vad"}, "endpointing": {"min_delay": 0.0}}
    if mode == "v1-mini":
        return {
            "turn_detection": inference.TurnDetector(version="v1-mini"),
            # Without this value, LiveKit uses its cloud model if LIVEKIT_DEV_MODE is set.
            "interruption": {"mode": "vad"},
        }
    # With its own detector, LiveKit waits 0.3 s. LiveKit's default of 0.5 s for "vad" would only add 0.2 s of silence
    # to each answer.
    return {"turn_detection": mode, "interruption": {"mode": "vad"}, "endpointing": {"min_delay": 0.3}}


def uses_turn_detector(settings: Settings, chosen: Choices) -> bool:
    """Return True if these options use LiveKit's local turn detector."""
    return _mode(settings, chosen) == "v1-mini"


def _mode(settings: Settings, chosen: Choices) -> Literal["vad", "stt", "v1-mini", "realtime_llm"]:
    if settings.turn_detection != "auto":
        return settings.turn_detection
    if chosen.realtime is not None:
        return "realtime_llm"
    if _flux(chosen):
        return "stt"
    # PocketSphinx is for first calls and tests. In tests, a TTS voice plays the caller and does not end sentences as
    # people do. Therefore the VAD decides.
    return "vad" if chosen.stt[0].provider == "pocketsphinx" else "v1-mini"


def _flux(chosen: Choices) -> bool:
    """True if every STT is Deepgram's Flux, which is a turn detector too. A fallback STT without turn detection would
    never end a turn.
    """
    return bool(chosen.stt) and all(choice.model.startswith("flux") for choice in chosen.stt)


def realtime_turns() -> TurnHandlingOptions:
    """Return the options for a Realtime model. With any other value, LiveKit turns the model's turn detection off."""
    return {"turn_detection": "realtime_llm", "interruption": {"mode": "vad"}}


def check_turn_detection(value: object) -> None:
    """Raise `PlanError` for an unknown name. LiveKit would accept the name, and the agent would never answer."""
    if not isinstance(value, str) or value in NAMES:
        return
    near = difflib.get_close_matches(value, NAMES, n=1)
    advice = f"did you mean {near[0]!r}?" if near else f"use one of {', '.join(NAMES)}, or a detector object"
    raise PlanError(f"turn_detection={value!r} is unknown; {advice}")
