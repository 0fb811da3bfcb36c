"""The faults of Cartesia: `faults.cartesia`."""

import json

from offhook.testing.faults.behaviours import Broken, Hanging, Muted, Refusing, Replaced, Slow, Stalling, Swallowed
from offhook.testing.faults.fault import Behaviour, Fault
from offhook.testing.faults.progress import seconds as audio_seconds
from offhook.testing.sandbox.hook import Event, How

__all__ = [
    "all_faults",
    "done_without_audio",
    "drop_after",
    "error_as_done",
    "hangs",
    "locked",
    "malformed",
    "refused",
    "slow",
    "stall_after",
]

_AUDIO, _WORDS = ("chunk", "output_audio"), ("timestamps", "output_alignment")
"""Event types with audio, and event types with word times: first Cartesia's type, then LiveKit Inference's."""
_EVERY: tuple[How, ...] = ("connect", "post", "message")


def _fault(name: str, behaviour: Behaviour, turn: int, *, for_good: bool = False) -> Fault:
    name = f"cartesia.{name}" + ("_for_good" if for_good and turn else "")
    return Fault(name, "cartesia", behaviour, turn, None if for_good else turn)


def locked(status: int = 401) -> Fault:
    """Every connection is refused, from the start of the call."""
    return _fault(f"locked_{status}", lambda _: Refusing(status, ("connect", "post")), 0, for_good=True)


def refused(status: int = 500, turn: int = 2, *, for_good: bool = False) -> Fault:
    """Every text to speak and every new connection is refused."""
    return _fault(f"refused_{status}", lambda _: Refusing(status, _EVERY), turn, for_good=for_good)


def hangs(turn: int = 2, *, times: int | None = None, for_good: bool = False) -> Fault:
    """Texts to speak are accepted, but no audio is sent."""
    name = "hangs" + (f"_x{times}" if times else "")
    return _fault(name, lambda _: Hanging(("message", "post"), times), turn, for_good=for_good)


def slow(seconds: float = 3.0, turn: int = 2) -> Fault:
    """The first audio is this many seconds late."""
    return _fault(f"slow_{seconds:g}", lambda _: Slow(seconds, ("message", "post"), 1), turn)


def drop_after(seconds: float = 0.7, turn: int = 2, *, times: int | None = 1, for_good: bool = False) -> Fault:
    """The connection is cut after this many seconds of audio."""
    name = f"drop_after_{seconds:g}" + ("" if times else "_always")
    return _fault(name, lambda _: Broken(seconds, audio_seconds, times), turn, for_good=for_good)


def stall_after(seconds: float = 0.7, turn: int = 2, *, times: int | None = 1) -> Fault:
    """The audio stops after this many seconds, but the connection stays open."""
    name = f"stall_after_{seconds:g}" + ("" if times else "_always")
    return _fault(name, lambda _: Stalling(seconds, audio_seconds, times), turn)


def done_without_audio(turn: int = 2) -> Fault:
    """The provider sends no audio, but marks the response as done."""
    return _fault("done_without_audio", lambda _: Muted(_AUDIO + _WORDS), turn)


def error_as_done(turn: int = 2) -> Fault:
    """An error message replaces the audio of the first sentence.

    As in the real API, Cartesia's error message has `"done": true`.
    """
    return _fault("error_as_done", lambda _: Swallowed(_AUDIO, _error), turn)


def malformed(turn: int = 2) -> Fault:
    """The first message with audio is not valid JSON."""
    return _fault("malformed", lambda _: Replaced(0, audio_seconds, 1, lambda _: "{not json"), turn)


def all_faults() -> list[Fault]:
    """Return every fault with its default arguments."""
    steady = [locked(401), locked(429), refused(500), refused(503, for_good=True)]
    still = [hangs(), hangs(times=1), hangs(for_good=True), slow(3), slow(12)]
    broken = [drop_after(), drop_after(times=None), stall_after(), stall_after(times=None)]
    return [*steady, *still, *broken, done_without_audio(), error_as_done(), malformed()]


def _error(event: Event) -> str:
    if event.provider == "inference":
        return json.dumps({"type": "error", "code": 500, "message": "internal"})
    context = json.loads(event.payload).get("context_id", "")
    frame = {"type": "error", "done": True, "status_code": 500, "error": "internal", "context_id": context}
    return json.dumps(frame)
