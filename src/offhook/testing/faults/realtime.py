"""What can go wrong with OpenAI's Realtime: `faults.realtime`."""

import json

from offhook.testing.faults.behaviours import Broken, Hanging, Refusing, Replaced, Stalling
from offhook.testing.faults.fault import Behaviour, Fault
from offhook.testing.faults.weights import anything, spoken_word
from offhook.testing.sandbox.hook import Event, How

__all__ = [
    "dies",
    "drop_after",
    "drops",
    "error_event",
    "hangs",
    "malformed",
    "refused",
    "repertoire",
    "silent",
    "stall_after",
]

_CONNECT: tuple[How, ...] = ("connect",)


def _fault(name: str, behaviour: Behaviour, turn: int, until: int | None) -> Fault:
    return Fault(f"realtime.{name}", "realtime", behaviour, turn, until)


def refused(status: int = 401) -> Fault:
    """Every connection is refused, from the first on."""
    return _fault(f"refused_{status}", lambda _: Refusing(status, _CONNECT), 0, None)


def hangs() -> Fault:
    """Every connection hangs while it is made, from the first on."""
    return _fault("hangs", lambda _: Hanging(_CONNECT), 0, None)


def drops(turn: int = 2) -> Fault:
    """The connection is cut once, when the caller begins to speak."""
    return _fault("drops", lambda _: Broken(0, anything, 1), turn, turn)


def dies(turn: int = 2) -> Fault:
    """The connection is cut when the caller begins to speak, and no new one is let in."""
    return _fault("dies", lambda _: Refusing(503, _CONNECT, cut=True), turn, None)


def silent(turn: int = 2) -> Fault:
    """It hears the caller and does not answer."""
    return _fault("silent", lambda _: Stalling(0, _of_answer, None), turn, turn)


def stall_after(words: int = 3, turn: int = 2) -> Fault:
    """The answer stops after so many words, and the line stays open."""
    return _fault(f"stall_after_{words}", lambda _: Stalling(words, spoken_word, 1), turn, turn)


def drop_after(words: int = 3, turn: int = 2) -> Fault:
    """The line is cut once after so many words."""
    return _fault(f"drop_after_{words}", lambda _: Broken(words, spoken_word, 1), turn, turn)


def error_event(turn: int = 2) -> Fault:
    """It answers with an error in place of a response."""
    error = {"type": "server_error", "code": "server_error", "message": "The server had an error.", "param": None}
    frame = json.dumps({"type": "error", "event_id": "event_fault", "error": {**error, "event_id": None}})
    return _fault("error_event", lambda _: Replaced(0, _created, None, lambda _: frame), turn, turn)


def malformed(turn: int = 2) -> Fault:
    """What should be a piece of the answer is no event."""
    return _fault("malformed", lambda _: Replaced(0, _created, None, lambda _: "{not json"), turn, turn)


def repertoire() -> list[Fault]:
    """Each with what it usually is."""
    steady = [refused(401), refused(429), hangs()]
    return [*steady, drops(), dies(), silent(), stall_after(), drop_after(), error_event(), malformed()]


def _of_answer(event: Event) -> float:
    return 1.0 if event.kind.startswith("response.") else 0.0


def _created(event: Event) -> float:
    return 1.0 if event.kind == "response.created" else 0.0
