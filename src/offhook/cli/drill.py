"""`offhook drill AGENT`: runs a call for every provider fault, with offhook and with LiveKit alone."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from offhook.core.errors import OffhookError

if TYPE_CHECKING:
    from offhook.testing.drill import CallSetup, Case, FirstCall
    from offhook.testing.faults import Fault

__all__ = ["drill"]

_SECONDS = 1.0
"""Expected seconds of real time for one simulated call, on a machine with two cores."""
MAX_SILENCE = 5.0
"""Maximum seconds of silence after the caller spoke; a longer silence is a failure."""


def drill(  # noqa: PLR0913  # the options of the command
    agent: Annotated[
        Path | None,
        typer.Argument(help="The agent file. Leave this out if `--with` uses an agent that comes with offhook."),
    ] = None,
    *,
    fault: Annotated[
        list[str] | None, typer.Option(help="Run only this fault; can be repeated. `--fault list` lists all faults.")
    ] = None,
    circumstance: Annotated[
        list[str] | None,
        typer.Option(
            "--with",
            help="Combine the fault with another event in that turn; can be repeated. `sound` works with every agent; "
            "`tool`, `handoff`, `handed_off`, `task` and `hook` use agents that come with offhook.",
        ),
    ] = None,
    ours: Annotated[bool, typer.Option("--ours", help="Skip the calls with LiveKit alone.")] = False,
    metadata: Annotated[str, typer.Option(help="The dispatch metadata of the calls.")] = "",
    dials: Annotated[bool, typer.Option("--dials", help="The agent dials the caller.")] = False,
    button: Annotated[
        str, typer.Option(metavar="START,END", help="Push-to-talk: RPC methods before and after each question.")
    ] = "",
    env: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="A variable for the agent file; can be repeated.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs: one JSON value for each fault.")] = False,
) -> None:
    """Run a call for each provider fault, in virtual time; show how long the caller waits and how the call ends.

    The agent's models use the provider sandbox, so no key is needed. The first call has no fault: for an agent that
    cannot complete this call, only the reason is printed. Faults of providers that the agent does not use are not
    played. The exit code is 1 if a caller waited longer than 5 s or was left alone, or if a fault had no effect.
    """
    from offhook.cli.agent_environ import environ_of, use_env_files
    from offhook.cli.drill_table import OURS, STOCK, case_json, case_row, header, summary
    from offhook.cli.progress import Progress
    from offhook.testing.drill import drill as play
    from offhook.testing.drill import pairs
    from offhook.testing.faults import named, table

    if fault == ["list"]:
        print("\n".join(one.name for one in table()))
        return
    faults = [named(name) for name in fault or ()] or list(table())  # `named` raises for a misspelt name
    file, environ, setup = _agent(agent, circumstance or ()), environ_of(env or ()), _setup(metadata, dials, button)
    first = None
    if file.is_file():  # without a file, the circumstances use agents that come with offhook
        use_env_files(file)
        first = _first_call(file, faults, environ, setup)
        faults = _used(faults, first, quiet=as_json)
    supervised = first is None or first.supervised
    ours = ours or not supervised
    chosen = [one.name for one in faults]
    names = [name for _, name in pairs(chosen, circumstance or ())]
    progress = Progress("fault", names, seconds=_SECONDS if ours else 2 * _SECONDS, hidden=as_json)
    if not as_json:
        print(header([STOCK if not supervised else OURS, *([] if ours else [STOCK])]))
    cases = []
    progress.begin(0)
    for case in play(file, chosen, circumstances=circumstance or (), stock=not ours, environ=environ, setup=setup):
        cases.append(case)
        progress.clear()
        print(case_json(case, supervised=supervised) if as_json else case_row(case), flush=True)
        progress.begin(len(cases))
    if cases and not as_json:
        print(f"\n{summary(cases, supervised=supervised)}")
        if not supervised:
            print(f"offhook does not supervise the calls of {file}; add it with: offhook adopt {file}")
    if _wrong(cases):
        raise typer.Exit(1)


def _agent(agent: Path | None, circumstances: Sequence[str]) -> Path:
    """Return the agent file to run; an empty path if the circumstances come with their own agents. Raise `OffhookError`
    if the drill needs a file and the user gives none. Raise the same error if the user gives a file and a circumstance
    comes with its own agent.
    """
    from offhook.testing.drill import circumstance

    own = [one.name for one in map(circumstance, circumstances) if one.agent is not None]
    if agent is None and (not circumstances or len(own) < len(circumstances)):
        raise OffhookError("there is no agent file; give its path: offhook drill agents/agent.py")
    if agent is not None and own:
        raise OffhookError(f"--with {own[0]} uses an agent that comes with offhook; leave {agent} out")
    return agent or Path()


def _setup(metadata: str, dials: bool, button: str) -> "CallSetup":
    from offhook.testing.drill import CallSetup

    start, comma, end = button.partition(",")
    if button and not (start and end and comma):
        raise OffhookError(f"--button {button} needs two names of RPC methods: --button start_turn,end_turn")
    return CallSetup(metadata, dials, (start, end) if button else None)


def _first_call(agent: Path, faults: "Sequence[Fault]", environ: dict[str, str], setup: "CallSetup") -> "FirstCall":
    """Run a call without a fault, and return the result of this call. Raise `OffhookError` if the call fails."""
    from offhook.testing.drill import first_call

    first = first_call(agent, {one.service for one in faults}, environ=environ, setup=setup)
    if first.reason:
        raise OffhookError(f"{agent} cannot complete a call without a fault, so no fault was played:\n{first.reason}")
    return first


def _used(faults: "Sequence[Fault]", first: "FirstCall", *, quiet: bool) -> "list[Fault]":
    """Return the faults that can act on the agent. Print the faults that are left out, and the models that are
    replaced.
    """
    used = [one for one in faults if first.can_show(one)]
    if not used:
        services = ", ".join(sorted(first.services))
        raise OffhookError(f"the agent uses {services}, so {faults[0].name} has no effect; leave it out")
    unused = [one for one in faults if one not in used]
    if unused and not quiet:
        apis = ", ".join(dict.fromkeys(one.service for one in unused))
        print(f"not played, because the agent does not use these APIs or has no tool: {apis} ({len(unused)})")
    for line in () if quiet else first.replaced:
        print(line)
    return used


def _wrong(cases: "Sequence[Case]") -> list[str]:
    """Return the names of failed cases: the caller waited too long or was left alone, or the fault had no effect."""
    return [case.name for case in cases if case.ours.silence > MAX_SILENCE or case.ours.alone or case.ours.missed]
