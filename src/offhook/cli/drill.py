"""`offhook drill AGENT`: runs a call for every provider fault, with offhook and with LiveKit alone."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from offhook.core.errors import OffhookError

if TYPE_CHECKING:
    from offhook.testing.drill import Case, Verdict

__all__ = ["drill"]

_SECONDS = 1.0
"""Seconds that a call takes, on a machine with two cores."""
MAX_SILENCE = 5.0
"""Seconds of silence after the caller spoke; a longer silence is a failure."""


def drill(
    agent: Annotated[
        Path | None,
        typer.Argument(help="The agent file. Leave this out if `--with` uses an agent that comes with offhook."),
    ] = None,
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
    env: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="A variable for the agent file; can be repeated.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs: one JSON value a fault.")] = False,
) -> None:
    """Run a call for each provider fault, in virtual time; show how long the caller waits and how the call ends.

    The agent's models use the provider sandbox, so no key is needed. The first call has no fault: an agent that cannot
    hold that call is not drilled, and the reason is printed. The exit code is 1 if a caller waited longer than
    5 s or was left alone, or if a fault had no effect.
    """
    from offhook.cli.progress import Progress
    from offhook.testing.drill import drill as play
    from offhook.testing.drill import pairs
    from offhook.testing.faults import named, table

    if fault == ["list"]:
        print("\n".join(one.name for one in table()))
        return
    for name in fault or ():
        named(name)  # reports a misspelt name before the first call
    file = _agent(agent, circumstance or ())
    environ = _prepared(file, env or ())
    names = [name for _, name in pairs(fault or (), circumstance or ())]
    progress = Progress("fault", names, seconds=_SECONDS if ours else 2 * _SECONDS, hidden=as_json)
    if not as_json:
        print(_row("fault", ("silence", "answers", "end"), None if ours else ("silence", "answers", "end")))
    cases = []
    progress.begin(0)
    for case in play(file, fault or (), circumstances=circumstance or (), stock=not ours, environ=environ):
        cases.append(case)
        progress.clear()
        print(_json(case) if as_json else _row(case.name, _cells(case.ours), _cells(case.stock)), flush=True)
        progress.begin(len(cases))
    if cases and not as_json:
        print(f"\n{_summary(cases)}")
    if _wrong(cases):
        raise typer.Exit(1)


def _agent(agent: Path | None, circumstances: Sequence[str]) -> Path:
    """Return the agent file to run. Raise `OffhookError` if it is missing, or if a circumstance has its own agent."""
    from offhook.testing.drill import circumstance

    own = [one.name for one in map(circumstance, circumstances) if one.agent is not None]
    if agent is None and (not circumstances or len(own) < len(circumstances)):
        raise OffhookError("there is no agent file; give its path: offhook drill agents/agent.py")
    if agent is not None and own:
        raise OffhookError(f"--with {own[0]} uses an agent that comes with offhook; leave {agent} out")
    return agent or Path()


def _prepared(agent: Path, env: Sequence[str]) -> dict[str, str]:
    """Return the variables for the agent file, after a first call without a fault. Raise if that call fails."""
    from offhook.cli.agent_environ import environ_of, use_env_files
    from offhook.testing.drill import why_not_healthy

    environ = environ_of(env)
    if not agent.is_file():  # circumstances with agents that come with offhook
        return environ
    use_env_files(agent)
    reason = why_not_healthy(agent, environ=environ)
    if reason:
        raise OffhookError(f"{agent} cannot hold a call without a fault, so no fault was played:\n{reason}")
    return environ


def _wrong(cases: "Sequence[Case]") -> list[str]:
    """Return the cases in which the caller waited too long or was left alone, or the fault had no effect."""
    return [case.name for case in cases if case.ours.silence > MAX_SILENCE or case.ours.alone or case.ours.missed]


def _json(case: "Case") -> str:
    crossed = {"with": case.circumstance} if case.circumstance else {}
    row = {"fault": case.fault, **crossed, "ours": _fields(case.ours), "stock": _fields(case.stock)}
    return json.dumps(row, ensure_ascii=False)


def _fields(verdict: "Verdict | None") -> dict[str, object] | None:
    return None if verdict is None else asdict(verdict)


def _cells(verdict: "Verdict | None") -> tuple[str, str, str] | None:
    if verdict is None:
        return None
    ended = "NOT PLAYED" if verdict.missed else verdict.ended
    return f"{verdict.silence:.1f} s", f"{verdict.answered} of 3", ended


def _row(fault: str, ours: tuple[str, str, str] | None, stock: tuple[str, str, str] | None) -> str:
    columns = [f"{cells[0]:>8}  {cells[1]:<7}  {cells[2]:<12}" for cells in (ours, stock) if cells is not None]
    return " ".join([f"{fault:<32}", *columns]).rstrip()


def _summary(cases: "Sequence[Case]") -> str:
    lines = [_summary_line("with offhook", [case.ours for case in cases])]
    stock = [case.stock for case in cases if case.stock is not None]
    if stock:
        lines.append(_summary_line("LiveKit alone", stock))
    return "\n".join(lines)


def _summary_line(name: str, verdicts: "Sequence[Verdict]") -> str:
    longest = max(verdict.silence for verdict in verdicts)
    alone = sum(verdict.alone for verdict in verdicts)
    answered = sum(verdict.answered for verdict in verdicts)
    return (
        f"{name}: {len(verdicts)} calls, at most {longest:.1f} s of silence after the caller spoke, "
        f"{alone} left alone, {answered} of {3 * len(verdicts)} questions answered"
    )
