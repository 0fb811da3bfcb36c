"""`offhook simulate AGENT SCENARIO`: runs whole calls in virtual time, without a server or keys."""

import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from offhook.core.errors import PlanError

if TYPE_CHECKING:
    from offhook.testing.sandbox import Sandbox
    from offhook.testing.scenarios.file import Scenario
    from offhook.testing.simulation.result import SimulatedCall

__all__ = ["simulate"]


def simulate(
    agent: Annotated[Path | None, typer.Argument(help="The agent file.")] = None,
    scenario: Annotated[
        list[str] | None, typer.Argument(help="Scenario files, or names of the scenarios that come with offhook.")
    ] = None,
    models: Annotated[
        str | None,
        typer.Option(help="fakes (get the text directly), offline (real STT and TTS) or own (the agent's models)."),
    ] = None,
    fault: Annotated[
        str | None,
        typer.Option(help="A provider fault in the second turn; list them with `offhook drill AGENT --fault list`."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs: one JSON value for each scenario.")] = False,
) -> None:
    """Run scripted calls of an agent in virtual time and show them. Without a scenario, list all scenarios."""
    from offhook.testing.scenarios import find, read

    if fault is not None and models is not None:
        raise PlanError("--fault runs the agent's own models on the sandbox; leave --models out")

    if agent is None or not scenario:
        _list()
        return
    scenarios = [read(find(name)) for name in scenario]  # all scenarios are read before the first call runs
    failed = [one.name for one in scenarios if not _play(agent, one, models, fault=fault, as_json=as_json)]
    if failed:
        raise typer.Exit(1)


def _list() -> None:
    from offhook.testing.scenarios import find, names, read

    print("usage: offhook simulate AGENT SCENARIO...\n\nscenarios that come with offhook (your own files work too):")
    for name in names():
        print(f"  {name:<14} {read(find(name)).title}")


def _play(agent: Path, scenario: "Scenario", models: str | None, *, fault: str | None, as_json: bool) -> bool:
    from offhook.testing.scenarios import ScenarioError, misses

    try:
        call = _call(agent, scenario, models, fault)
    except ScenarioError as error:
        print(f"✗ {error}", file=sys.stderr)
        return False
    wrong = misses(scenario, call)
    if as_json:
        summary = {"scenario": scenario.name, "reason": call.reason, "seconds": call.seconds, "misses": wrong}
        lines = {"said": call.said, "heard": call.heard, "longest_silence": call.silences.longest}
        print(json.dumps({**summary, **lines}, ensure_ascii=False))
        return not wrong
    print(f"{scenario.name}: {scenario.title}\n\n{_picture(call)}")
    for line in wrong:
        print(f"✗ {line}")
    if not wrong:
        print(f"✓ as expected; {call.seconds:.1f} s, longest silence {call.silences.longest:.1f} s\n")
    return not wrong


def _call(agent: Path, scenario: "Scenario", models: str | None, fault: str | None) -> "SimulatedCall":
    from offhook.testing.live.phone import Phone
    from offhook.testing.scenarios import script_of
    from offhook.testing.simulation import simulate as play

    options = dict(scenario.call)
    number, ringing = options.pop("number", ""), bool(options.pop("ringing", False))
    phone = Phone(number=str(number), status="ringing" if ringing else "active")
    options |= {"models": models} if models else {}
    options |= {"sandbox": _sandbox(scenario, fault)} if fault else {"replies": scenario.replies}
    return play(agent, script_of(scenario), phone=phone if number or ringing else None, **options)  # type: ignore[arg-type]  # the file was checked


def _sandbox(scenario: "Scenario", fault: str) -> "Sandbox":
    """Return a sandbox with the scenario's transcripts, in which one provider has a fault."""
    from offhook.models.offline.front_desk import front_desk
    from offhook.testing.faults import named
    from offhook.testing.sandbox import Oracle, Rules, Sandbox
    from offhook.testing.simulation.scripted_llm import ScriptedLlm

    lines = [str(step.value) for step in scenario.steps if step.verb in ("says", "interrupts")]
    sandbox = Sandbox(stt=Oracle(*lines), llm=Rules(ScriptedLlm(scenario.replies, under=front_desk())))
    named(fault).install(sandbox)
    return sandbox


def _picture(call: "SimulatedCall") -> str:
    from offhook.reports.render import render
    from offhook.reports.timeline import timeline

    width = min(shutil.get_terminal_size().columns, 140)
    return render(timeline(call.records), width, color=sys.stdout.isatty())
