"""Writes a report on two runs of one call: first the differences, then both runs side by side."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from offhook.testing.compare.differ import WATCH, differences
from offhook.testing.compare.difference import Difference
from offhook.testing.compare.play import play
from offhook.testing.compare.played import Played
from offhook.testing.compare.spec import CallSpec, written

__all__ = ["report", "report_of"]

_WIDTH = 64


def report_of(spec: CallSpec, *, agent: str | Path | None = None, follow: bool = False) -> str:
    """Play this call with LiveKit alone and with offhook, and return the report as text."""
    alone, ours = play(spec, "alone", agent=agent), play(spec, "ours", agent=agent, follow=follow)
    return report(spec, alone, ours, differences(spec, alone, ours))


def report(spec: CallSpec, alone: Played, ours: Played, found: Sequence[Difference]) -> str:
    """Return the spec, the differences, and both calls side by side, as text."""
    head = [written(spec), *(f"  {one}" for one in found)]
    table = [f"{'LiveKit alone':<{_WIDTH}} | with offhook", *_rows(list(_log(alone)), list(_log(ours)))]
    return "\n".join([*head, "", *table])


def _rows(left: Sequence[tuple[float, str]], right: Sequence[tuple[float, str]]) -> Iterator[str]:
    """Yield the rows of the table. Equal events at the same time share a row."""
    keys = sorted({*left, *right})
    for key in keys:
        one, other = (f"{key[0]:7.2f} {key[1]}" if key in rows else "" for rows in (left, right))
        mark = "|" if one and other else "≠"
        yield f"{_short(one):<{_WIDTH}} {mark} {_short(other)}".rstrip()


def _short(text: str) -> str:
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"


def _log(played: Played) -> Iterator[tuple[float, str]]:
    """Yield the events of one call. Times are rounded to 0.1 s, so that small allowed differences do not show."""
    for began, ended, text in played.caller:
        yield round(began, 1), f"caller: {text or 'a sound'} ({ended - began:.1f} s)"
    for request in played.requests:
        last = request.items[-1] if request.items else ""
        yield round(request.at, 1), f"model asked: {len(request.items)} items, last {last}"
    for at, what in played.tools:
        yield round(at, 1), f"tool: {what}"
    for line in played.lines:
        yield round(line.began, 1), f"agent: {line.text}"
    for began, ended in played.sound:
        yield round(began, 1), f"sound: {ended - began:.1f} s"
    for record in played.records:
        if record.kind == "decision" and record.by == WATCH:
            said = record.body.get("text") or record.body.get("tag", "")
            yield round(record.at - played.zero, 1), f"offhook: {record.name} {said} ({record.body.get('why')})"
