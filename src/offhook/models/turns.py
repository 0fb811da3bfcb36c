"""Who decides that the caller has finished speaking."""

import difflib

from livekit.agents import TurnHandlingOptions, inference

from offhook.core.errors import PlanError
from offhook.settings import Settings

__all__ = ["check_turn_detection", "turn_handling"]

NAMES = ("stt", "vad", "realtime_llm", "manual")


def turn_handling(settings: Settings, *, offline: bool) -> TurnHandlingOptions:
    """The same in development and production; no choice here asks a model in the cloud."""
    wanted = settings.turn_detection
    if wanted == "auto":
        wanted = "vad" if offline else "v1-mini"
    if wanted == "v1-mini":
        return {
            "turn_detection": inference.TurnDetector(version="v1-mini"),
            # Left out, LiveKit asks its cloud model under LIVEKIT_DEV_MODE.
            "interruption": {"mode": "vad"},
        }
    # 0.3 s is LiveKit's own wait with its detector; its 0.5 s for "vad" only adds 0.2 s of silence to each answer.
    return {"turn_detection": wanted, "interruption": {"mode": "vad"}, "endpointing": {"min_delay": 0.3}}


def check_turn_detection(value: object) -> None:
    """Refuse a misspelt name: LiveKit takes any string, and the agent then never answers."""
    if not isinstance(value, str) or value in NAMES:
        return
    near = difflib.get_close_matches(value, NAMES, n=1)
    advice = f"did you mean {near[0]!r}?" if near else f"use one of {', '.join(NAMES)}, or a detector object"
    raise PlanError(f"turn_detection={value!r} is unknown; {advice}")
