"""What can go wrong with Deepgram: `faults.deepgram`."""

import json

from offhook.testing.faults.behaviours import Broken, Hanging, Late, Muted, Refusing, Replaced
from offhook.testing.faults.fault import Behaviour, Fault
from offhook.testing.faults.weights import final, result
from offhook.testing.sandbox.hook import Event, How

__all__ = [
    "deaf",
    "down",
    "drops",
    "empty",
    "error_frame",
    "hangs",
    "late",
    "malformed",
    "refused",
    "repertoire",
]

_CONNECT: tuple[How, ...] = ("connect",)


def _fault(name: str, behaviour: Behaviour, turn: int, until: int | None) -> Fault:
    return Fault(f"deepgram.{name}", "deepgram", behaviour, turn, until)


def refused(status: int = 401) -> Fault:
    """Every connection is refused, from the first on."""
    return _fault(f"refused_{status}", lambda _: Refusing(status, _CONNECT), 0, None)


def hangs() -> Fault:
    """Every connection hangs while it is made, from the first on."""
    return _fault("hangs", lambda _: Hanging(_CONNECT), 0, None)


def down(turn: int = 2) -> Fault:
    """The connection is cut in mid-utterance, and no new one is let in."""
    return _fault("down", lambda _: Refusing(503, _CONNECT, cut=True), turn, None)


def drops(turn: int = 2) -> Fault:
    """The connection is cut once, in mid-utterance."""
    return _fault("drops", lambda _: Broken(1, result, 1), turn, turn)


def deaf(turn: int = 2, *, for_good: bool = False) -> Fault:
    """It is connected and says nothing about what it hears."""
    name = "deaf_for_good" if for_good else "deaf"
    return _fault(name, lambda _: Muted(("SpeechStarted", "Results", "UtteranceEnd")), turn, None if for_good else turn)


def late(seconds: float = 4.0, turn: int = 2) -> Fault:
    """The final words come so many seconds late."""
    return _fault(f"late_{seconds:g}", lambda _: Late(seconds, final), turn, turn)


def malformed(turn: int = 2) -> Fault:
    """What it understands comes in frames that are no results."""
    return _fault("malformed", lambda _: Replaced(0, result, None, lambda _: '{"type": "Results"}'), turn, turn)


def empty(turn: int = 2) -> Fault:
    """It understands nothing of what it hears."""
    return _fault("empty", lambda _: Replaced(0, result, None, _nothing), turn, turn)


def error_frame(turn: int = 2) -> Fault:
    """It says that something is wrong, in place of what it understands."""
    frame = json.dumps({"type": "Error", "description": "internal", "message": "DATA-0000", "variant": "SchemaError"})
    return _fault("error_frame", lambda _: Replaced(0, result, None, lambda _: frame), turn, turn)


def repertoire() -> list[Fault]:
    """Each with what it usually is."""
    steady = [refused(401), refused(429), refused(503), hangs()]
    return [*steady, drops(), down(), deaf(), deaf(for_good=True), late(), malformed(), empty(), error_frame()]


def _nothing(event: Event) -> str:
    told = json.loads(event.payload)
    told["channel"]["alternatives"] = [{"transcript": "", "confidence": 0.0, "words": []}]
    return json.dumps(told)
