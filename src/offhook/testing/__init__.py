"""The public kit: scripted callers, in real rooms and in virtual time. Nothing is imported before it is used."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from offhook.models.offline.rules import Reply
    from offhook.testing.caller import Caller
    from offhook.testing.hearing import Heard, Utterance
    from offhook.testing.listener import Listener
    from offhook.testing.microphone import Said
    from offhook.testing.phone import Phone
    from offhook.testing.simulation import CallOverError, ScriptedCaller, SimulatedCall, simulate
    from offhook.testing.timeline import format_line
    from offhook.testing.transcript import Line
    from offhook.testing.waiting import WaitedInVainError

__all__ = [
    "CallOverError",
    "Caller",
    "Heard",
    "Line",
    "Listener",
    "Phone",
    "Reply",
    "Said",
    "ScriptedCaller",
    "SimulatedCall",
    "Utterance",
    "WaitedInVainError",
    "format_line",
    "simulate",
]

_HOMES = {
    "CallOverError": "offhook.testing.simulation",
    "Caller": "offhook.testing.caller",
    "Heard": "offhook.testing.hearing",
    "Line": "offhook.testing.transcript",
    "Listener": "offhook.testing.listener",
    "Phone": "offhook.testing.phone",
    "Reply": "offhook.models.offline.rules",
    "Said": "offhook.testing.microphone",
    "ScriptedCaller": "offhook.testing.simulation",
    "SimulatedCall": "offhook.testing.simulation",
    "Utterance": "offhook.testing.hearing",
    "WaitedInVainError": "offhook.testing.waiting",
    "format_line": "offhook.testing.timeline",
    "simulate": "offhook.testing.simulation",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(_HOMES[name]), name)
    return value
