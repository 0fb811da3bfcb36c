"""The rows and the summary of `offhook drill`."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from offhook.testing.drill import Case, Verdict

__all__ = ["case_json", "case_row", "header", "summary"]

OURS, STOCK = "with offhook", "LiveKit alone"
_CELLS = ("silence", "answers", "end")
_WIDTH = 31
"""Total width, in characters, of the three columns that describe one call: silence, answers, end."""


def header(names: Sequence[str]) -> str:
    """Return the two lines above the rows; `names` contains a title for each group of three columns."""
    groups = " ".join(f"{name:<{_WIDTH}}" for name in names)
    return f"{'':<32} {groups.rstrip()}\n{_row('fault', [_CELLS for _ in names])}"


def case_row(case: "Case") -> str:
    """Return the row of one fault."""
    return _row(case.name, [_cells(one) for one in (case.ours, case.stock) if one is not None])


def case_json(case: "Case", *, supervised: bool = True) -> str:
    """Return the row of one fault as JSON. If offhook does not supervise the agent, "ours" is null."""
    crossed = {"with": case.circumstance} if case.circumstance else {}
    ours, stock = (case.ours, case.stock) if supervised else (None, case.ours)
    row = {"fault": case.fault, **crossed, "ours": _fields(ours), "stock": _fields(stock)}
    return json.dumps(row, ensure_ascii=False)


def summary(cases: "Sequence[Case]", *, supervised: bool = True) -> str:
    """Return one line for the calls with offhook, and one for the calls with LiveKit alone."""
    lines = [_summary_line(OURS if supervised else STOCK, [case.ours for case in cases])]
    stock = [case.stock for case in cases if case.stock is not None]
    return "\n".join([*lines, *([_summary_line(STOCK, stock)] if stock else [])])


def _fields(verdict: "Verdict | None") -> dict[str, object] | None:
    return None if verdict is None else asdict(verdict)


def _cells(verdict: "Verdict") -> tuple[str, str, str]:
    ended = "NOT PLAYED" if verdict.missed else verdict.ended
    return f"{verdict.silence:.1f} s", f"{verdict.answered} of 3", ended


def _row(fault: str, columns: Sequence[tuple[str, str, str]]) -> str:
    cells = [f"{silence:>8}  {answers:<7}  {end:<12}" for silence, answers, end in columns]
    return " ".join([f"{fault:<32}", *cells]).rstrip()


def _summary_line(name: str, verdicts: "Sequence[Verdict]") -> str:
    longest = max(verdict.silence for verdict in verdicts)
    alone = sum(verdict.alone for verdict in verdicts)
    answered = sum(verdict.answered for verdict in verdicts)
    return (
        f"{name}: {len(verdicts)} calls, at most {longest:.1f} s of silence after the caller spoke, "
        f"{alone} left alone, {answered} of {3 * len(verdicts)} questions answered"
    )
