"""The faults of Deepgram: `faults.deepgram`."""

import json

from offhook.testing.faults.behaviours import Broken, Hanging, Late, Muted, Refusing, Replaced
from offhook.testing.faults.fault import Behaviour, Fault
from offhook.testing.faults.progress import final, result
from offhook.testing.sandbox.hook import Event, How

__all__ = [
    "all_faults",
    "deaf",
    "down",
    "drops",
    "empty",
    "error_frame",
    "hangs",
    "late",
    "malformed",
    "refused",
]

_CONNECT: tuple[How, ...] = ("connect",)
_EVENTS = (
    "SpeechStarted",
    "Results",
    "UtteranceEnd",
    "start_of_speech",
    "interim_transcript",
    "final_transcript",
)
"""Event types: first the three of Deepgram, then the three of LiveKit Inference's STT."""


def _fault(name: str, behaviour: Behaviour, turn: int, until: int | None) -> Fault:
    return Fault(f"deepgram.{name}", "deepgram", behaviour, turn, until)


def refused(status: int = 401) -> Fault:
    """Every connection is refused, from the start of the call."""
    return _fault(f"refused_{status}", lambda _: Refusing(status, _CONNECT), 0, None)


def hangs() -> Fault:
    """Every connection attempt hangs, from the start of the call."""
    return _fault("hangs", lambda _: Hanging(_CONNECT), 0, None)


def down(turn: int = 2) -> Fault:
    """The connection is cut in the middle of an utterance, and every new connection is refused."""
    return _fault("down", lambda _: Refusing(503, _CONNECT, cut=True), turn, None)


def drops(turn: int = 2) -> Fault:
    """The connection is cut once, in the middle of an utterance."""
    return _fault("drops", lambda _: Broken(1, result, 1), turn, turn)


def deaf(turn: int = 2, *, for_good: bool = False) -> Fault:
    """The connection stays open, but no events are sent."""
    name = "deaf_for_good" if for_good else "deaf"
    return _fault(name, lambda _: Muted(_EVENTS), turn, None if for_good else turn)


def late(seconds: float = 4.0, turn: int = 2) -> Fault:
    """The final transcript is this many seconds late."""
    return _fault(f"late_{seconds:g}", lambda _: Late(seconds, final), turn, turn)


def malformed(turn: int = 2) -> Fault:
    """Every result is replaced by an invalid result frame."""
    return _fault("malformed", lambda _: Replaced(0, result, None, _invalid), turn, turn)


def empty(turn: int = 2) -> Fault:
    """Every transcript is empty."""
    return _fault("empty", lambda _: Replaced(0, result, None, _without_words), turn, turn)


def error_frame(turn: int = 2) -> Fault:
    """Every result is replaced by an error frame."""
    return _fault("error_frame", lambda _: Replaced(0, result, None, _error), turn, turn)


def all_faults() -> list[Fault]:
    """Return every fault with its default arguments."""
    steady = [refused(401), refused(429), refused(503), hangs()]
    return [*steady, drops(), down(), deaf(), deaf(for_good=True), late(), malformed(), empty(), error_frame()]


def _without_words(event: Event) -> str:
    frame = json.loads(event.payload)
    if event.provider == "inference":
        frame |= {"transcript": "", "confidence": 0.0, "words": []}
    else:
        frame["channel"]["alternatives"] = [{"transcript": "", "confidence": 0.0, "words": []}]
    return json.dumps(frame)


def _invalid(event: Event) -> str:
    return "{not json" if event.provider == "inference" else '{"type": "Results"}'


def _error(event: Event) -> str:
    if event.provider == "inference":
        return json.dumps({"type": "error", "code": 500, "message": "internal"})
    return json.dumps({"type": "Error", "description": "internal", "message": "DATA-0000", "variant": "SchemaError"})
