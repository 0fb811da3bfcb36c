"""Plays one call of an agent with one fault, in virtual time, on the provider sandbox."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from offhook.core.record import Record
from offhook.core.stall import DeadAir
from offhook.settings import Settings
from offhook.testing.drill.ears import ToldEars
from offhook.testing.drill.hum import Hum
from offhook.testing.drill.lines import answers
from offhook.testing.drill.person import Person, Turn
from offhook.testing.drill.stock import alone
from offhook.testing.faults.fault import Fault
from offhook.testing.sandbox.sandbox import Sandbox
from offhook.testing.simulation.earpiece import Earpiece
from offhook.testing.simulation.simulate import simulate

__all__ = ["Rehearsal", "Way", "rehearse"]

Way = Literal["ours", "stock"]
_STARTS_AT = 1_767_225_600.0
_SIMULATED = {"OFFHOOK_PRESET", "OFFHOOK_TURN_DETECTION"}
_CHOSEN: Mapping[str, Mapping[str, str]] = {
    "responses": {"OFFHOOK_LLM": "responses"},
    "realtime": {"OFFHOOK_REALTIME": "openai", "OFFHOOK_TURN_DETECTION": ""},
}


@dataclass(frozen=True)
class Rehearsal:
    """What happened; seconds of the loop's clock."""

    records: Sequence[Record]
    turns: Sequence[Turn]
    earpiece: Earpiece
    began: float
    ended: float
    hung_up: bool
    """Whether it was the caller who ended it."""


def rehearse(agent: str | Path, fault: Fault | None, *, way: Way = "ours") -> Rehearsal:
    """Play the call to its end. The agent's own models are used, led to the sandbox."""
    ears = ToldEars()
    sandbox = Sandbox(ears=ears, brain=answers, voice=Hum())
    if fault is not None:
        fault.install(sandbox)
    person = Person(ears, DeadAir().fillers)
    with alone() if way == "stock" else nullcontext():
        call = simulate(agent, person, sandbox=sandbox, environ=_models(fault), stays=0.0, starts_at=_STARTS_AT)
    played = person.call
    return Rehearsal(
        records=call.records,
        turns=person.turns,
        earpiece=played.earpiece,
        began=played.joined_at,
        ended=played.joined_at + call.seconds,
        hung_up=person.hung_up,
    )


def _models(fault: Fault | None) -> Mapping[str, str]:
    """The stage that the fault is in, from that provider; whatever the machine has set counts for nothing."""
    chosen = _CHOSEN.get(fault.service, {}) if fault is not None else {}
    names = {str(field.validation_alias) for field in Settings.model_fields.values()} - _SIMULATED
    return {**{name: "" for name in sorted(names) if name.startswith("OFFHOOK_")}, **chosen}
