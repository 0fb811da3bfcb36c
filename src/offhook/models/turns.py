"""Who decides that the caller has finished speaking."""

import difflib

from livekit.agents import TurnHandlingOptions, inference

from offhook.choices import Choices
from offhook.core.errors import PlanError
from offhook.settings import Settings

__all__ = ["check_turn_detection", "realtime_turns", "turn_handling"]

NAMES = ("stt", "vad", "realtime_llm", "manual")


def turn_handling(settings: Settings, chosen: Choices) -> TurnHandlingOptions:
    """The same in development and production; no choice here asks a model of LiveKit's in the cloud."""
    wanted = settings.turn_detection
    if wanted == "auto" and chosen.realtime is not None:
        return realtime_turns()
    if wanted == "auto":
        # PocketSphinx is for first calls and tests, whose made voices end their sentences as no person does.
        wanted = "vad" if chosen.stt[0].provider == "pocketsphinx" else "v1-mini"
    if wanted == "v1-mini":
        return {
            "turn_detection": inference.TurnDetector(version="v1-mini"),
            # Left out, LiveKit asks its cloud model under LIVEKIT_DEV_MODE.
            "interruption": {"mode": "vad"},
        }
    # 0.3 s is LiveKit's own wait with its detector; its 0.5 s for "vad" only adds 0.2 s of silence to each answer.
    return {"turn_detection": wanted, "interruption": {"mode": "vad"}, "endpointing": {"min_delay": 0.3}}


def realtime_turns() -> TurnHandlingOptions:
    """A Realtime model hears the end of a turn itself; with any other detection LiveKit switches that off."""
    return {"turn_detection": "realtime_llm", "interruption": {"mode": "vad"}}


def check_turn_detection(value: object) -> None:
    """Refuse a misspelt name: LiveKit takes any string, and the agent then never answers."""
    if not isinstance(value, str) or value in NAMES:
        return
    near = difflib.get_close_matches(value, NAMES, n=1)
    advice = f"did you mean {near[0]!r}?" if near else f"use one of {', '.join(NAMES)}, or a detector object"
    raise PlanError(f"turn_detection={value!r} is unknown; {advice}")
