"""The faults of OpenAI's Realtime API: `faults.realtime`."""

import json

from offhook.testing.faults.behaviours import Broken, Hanging, Refusing, Replaced, Stalling
from offhook.testing.faults.fault import Behaviour, Fault
from offhook.testing.faults.progress import anything, spoken_word
from offhook.testing.sandbox.hook import Event, How

__all__ = [
    "all_faults",
    "dies",
    "drop_after",
    "drops",
    "error_event",
    "hangs",
    "malformed",
    "refused",
    "silent",
    "stall_after",
]

_CONNECT: tuple[How, ...] = ("connect",)


def _fault(name: str, behaviour: Behaviour, turn: int, until: int | None) -> Fault:
    return Fault(f"realtime.{name}", "realtime", behaviour, turn, until)


def refused(status: int = 401) -> Fault:
    """Every connection is refused, from the start of the call."""
    return _fault(f"refused_{status}", lambda _: Refusing(status, _CONNECT), 0, None)


def hangs() -> Fault:
    """Every connection attempt hangs, from the start of the call."""
    return _fault("hangs", lambda _: Hanging(_CONNECT), 0, None)


def drops(turn: int = 2) -> Fault:
    """The connection is cut once, when the caller starts to speak."""
    return _fault("drops", lambda _: Broken(0, anything, 1), turn, turn)


def dies(turn: int = 2) -> Fault:
    """The connection is cut when the caller starts to speak, and every new connection is refused."""
    return _fault("dies", lambda _: Refusing(503, _CONNECT, cut=True), turn, None)


def silent(turn: int = 2) -> Fault:
    """The caller's speech is recognised, but no answer is sent."""
    return _fault("silent", lambda _: Stalling(0, _of_answer, None), turn, turn)


def stall_after(words: int = 3, turn: int = 2) -> Fault:
    """The answer stops after this many words, but the connection stays open."""
    return _fault(f"stall_after_{words}", lambda _: Stalling(words, spoken_word, 1), turn, turn)


def drop_after(words: int = 3, turn: int = 2) -> Fault:
    """The connection is cut, one time only, after the model has spoken this many words."""
    return _fault(f"drop_after_{words}", lambda _: Broken(words, spoken_word, 1), turn, turn)


def error_event(turn: int = 2) -> Fault:
    """An error event replaces `response.created`, the first event of the answer."""
    error = {"type": "server_error", "code": "server_error", "message": "The server had an error.", "param": None}
    frame = json.dumps({"type": "error", "event_id": "event_fault", "error": {**error, "event_id": None}})
    return _fault("error_event", lambda _: Replaced(0, _created, None, lambda _: frame), turn, turn)


def malformed(turn: int = 2) -> Fault:
    """The first event of the answer is not valid JSON."""
    return _fault("malformed", lambda _: Replaced(0, _created, None, lambda _: "{not json"), turn, turn)


def all_faults() -> list[Fault]:
    """Return every fault with its default arguments."""
    steady = [refused(401), refused(429), hangs()]
    return [*steady, drops(), dies(), silent(), stall_after(), drop_after(), error_event(), malformed()]


def _of_answer(event: Event) -> float:
    return 1.0 if event.kind.startswith("response.") else 0.0


def _created(event: Event) -> float:
    return 1.0 if event.kind == "response.created" else 0.0
