"""`offhook simulate AGENT SCENARIO`: a whole call in a moment, without a server or keys."""

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
        list[str] | None, typer.Argument(help="Scenario files, or names of scenarios that ship.")
    ] = None,
    models: Annotated[
        str | None, typer.Option(help="fakes (told what is said), offline (listen and speak) or own (the agent's).")
    ] = None,
    fault: Annotated[
        str | None, typer.Option(help="A provider's fault, in the second turn; `offhook drill AGENT --fault list`.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs: one JSON value a scenario.")] = False,
) -> None:
    """Play scripted calls of an agent in virtual time, and show them; without a scenario, list those that ship."""
    from offhook.testing.scenarios import find, read

    if fault is not None and models is not None:
        raise PlanError("with --fault the agent's own models run, on the sandbox; leave --models out")

    if agent is None or not scenario:
        _list()
        return
    wanted = [read(find(name)) for name in scenario]  # all are read before the first is played
    failed = [one.name for one in wanted if not _play(agent, one, models, fault=fault, as_json=as_json)]
    if failed:
        raise typer.Exit(1)


def _list() -> None:
    from offhook.testing.scenarios import find, names, read

    print("usage: offhook simulate AGENT SCENARIO...\n\nscenarios that ship, beside any file of your own:")
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
        told = {"scenario": scenario.name, "reason": call.reason, "seconds": call.seconds, "misses": wrong}
        lines = {"said": call.said, "heard": call.heard, "longest_silence": call.silences.longest}
        print(json.dumps({**told, **lines}, ensure_ascii=False))
        return not wrong
    print(f"{scenario.name}: {scenario.title}\n\n{_picture(call)}")
    for line in wrong:
        print(f"✗ {line}")
    if not wrong:
        print(f"✓ as expected; {call.seconds:.1f} s, longest silence {call.silences.longest:.1f} s\n")
    return not wrong


def _call(agent: Path, scenario: "Scenario", models: str | None, fault: str | None) -> "SimulatedCall":
    from offhook.testing.phone import Phone
    from offhook.testing.scenarios import script_of
    from offhook.testing.simulation import simulate as play

    asked = dict(scenario.call)
    number, ringing = asked.pop("number", ""), bool(asked.pop("ringing", False))
    phone = Phone(number=str(number), status="ringing" if ringing else "active")
    options = {**asked, **({"models": models} if models else {})}
    options |= {"sandbox": _sandbox(scenario, fault)} if fault else {"replies": scenario.replies}
    return play(agent, script_of(scenario), phone=phone if number or ringing else None, **options)  # type: ignore[arg-type]  # the file was checked


def _sandbox(scenario: "Scenario", fault: str) -> "Sandbox":
    """Providers that know what the scenario's caller will say, and one of which has a fault."""
    from offhook.models.offline.front_desk import front_desk
    from offhook.testing.faults import named
    from offhook.testing.sandbox import Oracle, Rules, Sandbox
    from offhook.testing.simulation.brain import Brain

    lines = [str(step.value) for step in scenario.steps if step.verb in ("says", "interrupts")]
    sandbox = Sandbox(ears=Oracle(*lines), brain=Rules(Brain(scenario.replies, under=front_desk())))
    named(fault).install(sandbox)
    return sandbox


def _picture(call: "SimulatedCall") -> str:
    from offhook.evidence.render import render
    from offhook.evidence.timeline import timeline

    width = min(shutil.get_terminal_size().columns, 140)
    return render(timeline(call.records), width, color=sys.stdout.isatty())
