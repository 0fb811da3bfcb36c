"""`offhook simulate AGENT SCENARIO`: runs whole calls in virtual time, without a server or keys."""

import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from offhook.core.errors import OffhookError, PlanError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from offhook.testing.sandbox import Sandbox
    from offhook.testing.scenarios.file import Scenario
    from offhook.testing.simulation.result import SimulatedCall

__all__ = ["simulate"]

_SECONDS = 0.5
"""Expected seconds for one scenario on a developer's machine. The progress line uses this number at first."""


def simulate(
    agent: Annotated[Path | None, typer.Argument(help="The agent file.")] = None,
    scenario: Annotated[
        list[str] | None, typer.Argument(help="Scenario files, or names of the scenarios that come with offhook.")
    ] = None,
    models: Annotated[
        str | None,
        typer.Option(help="fakes (the STT gets the text), offline (real STT and TTS) or own (the agent's models)."),
    ] = None,
    fault: Annotated[
        str | None,
        typer.Option(help="A provider fault in the second turn; list them with `offhook drill AGENT --fault list`."),
    ] = None,
    env: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="A variable for the agent file; can be repeated.")
    ] = None,
    metadata: Annotated[str | None, typer.Option(help="The dispatch metadata, in place of the scenario's.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs: one JSON value for each scenario.")] = False,
) -> None:
    """Run scripted calls of an agent in virtual time and show them. Without a scenario, run all scenarios that come
    with offhook.

    The command sets the variables of `.env.local` and `.env`, here and beside the agent file. Without an agent, it
    lists the scenarios.
    """
    from offhook.cli.agent_environ import environ_of, one_line_log, use_env_files
    from offhook.testing.scenarios import find, names, read

    if fault is not None and models is not None:
        raise PlanError("--fault runs the agent's own models on the sandbox; leave --models out")
    if agent is None:
        _list()
        return
    # All scenario files are read first, so that an error in a file is reported before the first call.
    scenarios = [read(find(name)) for name in scenario or names()]
    use_env_files(agent)
    options: dict[str, object] = {"environ": environ_of(env or ()), **({"models": models} if models else {})}
    options |= {"metadata": metadata} if metadata is not None else {}
    with one_line_log():
        failed = _play_all(agent, scenarios, options, fault=fault, as_json=as_json)
    if failed:
        raise typer.Exit(1)


def _play_all(
    agent: Path, scenarios: "Sequence[Scenario]", options: "Mapping[str, object]", *, fault: str | None, as_json: bool
) -> bool:
    """Play the scenarios one after another. Return True if at least one call was not as expected."""
    from offhook.cli.progress import Progress

    progress = Progress("scenario", [one.name for one in scenarios], seconds=_SECONDS, hidden=as_json)
    failed = False
    for number, one in enumerate(scenarios):
        progress.begin(number)
        call = _call(agent, one, options, fault)
        progress.clear()
        failed |= not _show(one, call, as_json=as_json)
    return failed


def _list() -> None:
    from offhook.testing.scenarios import find, names, read

    print("usage: offhook simulate AGENT [SCENARIO...]\n\nscenarios that come with offhook (your own files work too):")
    for name in names():
        print(f"  {name:<14} {read(find(name)).title}")


def _show(scenario: "Scenario", call: "SimulatedCall | OffhookError", *, as_json: bool) -> bool:
    """Print one call, or the error that replaces the call. Return True if the call was as expected."""
    from offhook.testing.scenarios import misses

    if isinstance(call, OffhookError):
        notes = "".join(f"\n{note}" for note in getattr(call, "__notes__", ()))
        print(f"✗ {call}{notes}", file=sys.stderr)
        return False
    wrong = misses(scenario, call)
    if as_json:
        summary = {"scenario": scenario.name, "reason": call.reason, "seconds": call.seconds, "misses": wrong}
        lines = {"said": call.said, "heard": call.heard, "longest_silence": call.silences.longest}
        print(json.dumps({**summary, **lines, "errors": call.errors}, ensure_ascii=False))
        return not wrong
    for line in call.errors:
        print(f"! {line}")
    print(f"{scenario.name}: {scenario.title}\n\n{_picture(call)}")
    for line in wrong:
        print(f"✗ {line}")
    if not wrong:
        print(f"✓ as expected; {call.seconds:.1f} s, longest silence {call.silences.longest:.1f} s\n")
    return not wrong


def _call(
    agent: Path, scenario: "Scenario", given: "Mapping[str, object]", fault: str | None
) -> "SimulatedCall | OffhookError":
    """Play one scenario. Return the call, or the error if the agent's code fails or a scenario step does not happen."""
    from offhook.testing.live.phone import Phone
    from offhook.testing.scenarios import ScenarioError, script_of
    from offhook.testing.simulation import simulate as play
    from offhook.testing.simulation.user_errors import AgentCodeError

    options = dict(scenario.call)
    number, ringing = options.pop("number", ""), bool(options.pop("ringing", False))
    phone = Phone(number=str(number), status="ringing" if ringing else "active")
    options |= given
    options |= {"sandbox": _sandbox(scenario, fault)} if fault else {"replies": scenario.replies}
    try:
        return play(agent, script_of(scenario), phone=phone if number or ringing else None, **options)  # type: ignore[arg-type]  # the file was checked
    except (ScenarioError, AgentCodeError) as error:
        return error


def _sandbox(scenario: "Scenario", fault: str) -> "Sandbox":
    """Return a sandbox in which the STT gives the scenario's transcripts, and one provider has a fault."""
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
