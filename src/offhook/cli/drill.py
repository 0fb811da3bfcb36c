"""`offhook drill AGENT`: a call for every fault that a provider can have, with offhook and without."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from offhook.testing.drill import Case, Verdict

__all__ = ["drill"]

MOST = 5.0
"""Seconds of silence after the caller spoke that are too many."""


def drill(
    agent: Annotated[Path, typer.Argument(help="The agent file.")],
    fault: Annotated[
        list[str] | None, typer.Option(help="Only this fault; can be given again. `--fault list` names all.")
    ] = None,
    ours: Annotated[bool, typer.Option("--ours", help="Without the calls of LiveKit alone.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs: one JSON value a fault.")] = False,
) -> None:
    """Play a call for each fault of a provider, in virtual time: who waits how long, and how it ends.

    The agent's models are led to the provider sandbox; no key is needed. The exit code is 1 when a caller waited
    longer than 5 s or was left alone.
    """
    from offhook.testing.drill import drill as play
    from offhook.testing.faults import named, table

    if fault == ["list"]:
        print("\n".join(one.name for one in table()))
        return
    for name in fault or ():
        named(name)  # what is misspelt is told before the first call
    if not as_json:
        print(_row("fault", ("silence", "answers", "end"), None if ours else ("silence", "answers", "end")))
    cases = []
    for case in play(agent, fault or (), stock=not ours):
        cases.append(case)
        print(_json(case) if as_json else _row(case.fault, _told(case.ours), _told(case.stock)), flush=True)
    if not as_json:
        print(f"\n{_sum(cases)}")
    if _wrong(cases):
        raise typer.Exit(1)


def _wrong(cases: "Sequence[Case]") -> list[str]:
    """The faults in which the caller waited too long, or was left alone."""
    return [case.fault for case in cases if case.ours.silence > MOST or case.ours.alone]


def _json(case: "Case") -> str:
    told = {"fault": case.fault, "ours": _fields(case.ours), "stock": _fields(case.stock)}
    return json.dumps(told, ensure_ascii=False)


def _fields(verdict: "Verdict | None") -> dict[str, object] | None:
    return None if verdict is None else asdict(verdict)


def _told(verdict: "Verdict | None") -> tuple[str, str, str] | None:
    if verdict is None:
        return None
    return f"{verdict.silence:.1f} s", f"{verdict.answered} of 3", verdict.ended


def _row(fault: str, ours: tuple[str, str, str] | None, stock: tuple[str, str, str] | None) -> str:
    told = [f"{cells[0]:>8}  {cells[1]:<7}  {cells[2]:<12}" for cells in (ours, stock) if cells is not None]
    return " ".join([f"{fault:<32}", *told]).rstrip()


def _sum(cases: "Sequence[Case]") -> str:
    lines = [_one("with offhook", [case.ours for case in cases])]
    stock = [case.stock for case in cases if case.stock is not None]
    if stock:
        lines.append(_one("LiveKit alone", stock))
    return "\n".join(lines)


def _one(name: str, verdicts: "Sequence[Verdict]") -> str:
    longest = max(verdict.silence for verdict in verdicts)
    alone = sum(verdict.alone for verdict in verdicts)
    answered = sum(verdict.answered for verdict in verdicts)
    return (
        f"{name}: {len(verdicts)} calls, at most {longest:.1f} s of silence after the caller spoke, "
        f"{alone} left alone, {answered} of {3 * len(verdicts)} questions answered"
    )
