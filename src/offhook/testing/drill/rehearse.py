"""Plays one call of an agent with one fault, in virtual time, with the provider sandbox."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from offhook.core.dead_air import DeadAir
from offhook.core.record import Record
from offhook.settings import variable_names
from offhook.testing.drill.caller import DrillCaller, Turn
from offhook.testing.drill.circumstances import Circumstance
from offhook.testing.drill.lines import answers
from offhook.testing.drill.moment import Moment, current
from offhook.testing.drill.setup import CallSetup
from offhook.testing.drill.told_stt import ToldStt
from offhook.testing.drill.tone import Tone
from offhook.testing.drill.without_offhook import without_offhook
from offhook.testing.faults.fault import Fault, Service, service_of
from offhook.testing.sandbox.sandbox import Sandbox
from offhook.testing.simulation.earpiece import Earpiece
from offhook.testing.simulation.simulate import simulate

__all__ = ["CHOSEN", "Rehearsal", "Way", "rehearse"]

Way = Literal["ours", "stock"]
_STARTS_AT = 1_767_225_600.0
_SIMULATED = {"OFFHOOK_PRESET", "OFFHOOK_TURN_DETECTION"}
CHOSEN: Mapping[str, Mapping[str, str]] = {
    "responses": {"OFFHOOK_LLM": "responses"},
    "realtime": {"OFFHOOK_REALTIME": "openai", "OFFHOOK_TURN_DETECTION": ""},
}


@dataclass(frozen=True)
class Rehearsal:
    """The results of one call; times are in seconds of the loop's clock."""

    records: Sequence[Record]
    turns: Sequence[Turn]
    earpiece: Earpiece
    began: float
    ended: float
    hung_up: bool
    """True if the caller hung up."""
    struck: Sequence[float] = ()
    """The times at which the fault acted."""
    errors: Sequence[str] = ()
    """Errors of the agent's own code."""
    came: bool = False
    """True if the circumstance occurred."""
    supervised: bool = False
    """True if offhook supervised the call."""
    services: frozenset[Service] = frozenset()
    """The services that got requests."""
    tools: bool = False
    """True if the agent offered tools to the LLM."""
    replaced: Sequence[str] = ()
    """One line of text for each model that the sandbox does not emulate; the line names the replacement."""


def rehearse(
    agent: str | Path,
    fault: Fault | None,
    *,
    way: Way = "ours",
    circumstance: Circumstance | None = None,
    environ: Mapping[str, str] | None = None,
    setup: CallSetup | None = None,
    service: Service | None = None,
) -> Rehearsal:
    """Play the call until it ends. The agent uses its own models, connected to the sandbox.

    If the `circumstance` has its own agent file, `agent` must be that file. `environ` has additional environment
    variables. If offhook chooses the agent's models, it chooses the model of `service`, which is by default the service
    of the fault.
    """
    setup = setup or CallSetup()
    stt_model = ToldStt()
    moment = None if circumstance is None or fault is None else Moment(circumstance, fault.service)
    sandbox = Sandbox(stt=stt_model, llm=partial(answers, moment=moment), tts=Tone())
    strikes = None if fault is None else fault.install(sandbox, moment)
    caller = DrillCaller(stt_model, DeadAir().fillers, moment, setup.button)
    variables = {**_models(service or (fault.service if fault is not None else None)), **(environ or {})}
    token = current.set(moment)
    try:
        with without_offhook() if way == "stock" else nullcontext():
            call = simulate(
                agent, caller, sandbox=sandbox, environ=variables, stays=0.0, starts_at=_STARTS_AT, **setup.options
            )
    finally:
        current.reset(token)
    played = caller.call
    return Rehearsal(
        records=call.records,
        turns=caller.turns,
        earpiece=played.earpiece,
        began=played.joined_at,
        ended=played.joined_at + call.seconds,
        hung_up=caller.hung_up,
        struck=() if strikes is None else tuple(strikes.times),
        errors=call.errors,
        came=moment is not None and moment.begun,
        supervised=call.supervised,
        services=frozenset(found for one in sandbox.requests if (found := service_of(one.provider, one.path))),
        tools=any(one.body.get("tools") for one in sandbox.requests),
        replaced=call.replaced,
    )


def _models(service: Service | None) -> Mapping[str, str]:
    """Return environment variables with which offhook chooses the model of this service.

    All other OFFHOOK_ variables get the value "", except two variables, which the simulation sets.
    """
    chosen = CHOSEN.get(service, {}) if service is not None else {}
    names = set(variable_names()) - _SIMULATED
    return {**{name: "" for name in sorted(names) if name.startswith("OFFHOOK_")}, **chosen}
