"""The public kit: a scripted caller in real rooms. Nothing is imported before it is used."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from offhook.testing.caller import Caller
    from offhook.testing.hearing import Heard, Utterance
    from offhook.testing.listener import Listener
    from offhook.testing.microphone import Said
    from offhook.testing.phone import Phone
    from offhook.testing.timeline import format_line
    from offhook.testing.transcript import Line
    from offhook.testing.waiting import WaitedInVainError

__all__ = ["Caller", "Heard", "Line", "Listener", "Phone", "Said", "Utterance", "WaitedInVainError", "format_line"]

_HOMES = {
    "Caller": "caller",
    "Heard": "hearing",
    "Line": "transcript",
    "Listener": "listener",
    "Phone": "phone",
    "Said": "microphone",
    "Utterance": "hearing",
    "WaitedInVainError": "waiting",
    "format_line": "timeline",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return value
