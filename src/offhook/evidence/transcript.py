"""The transcript of a call: what was really said and heard, and what the tools did."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from offhook.core.record import Record
from offhook.evidence.words import unsaid

__all__ = ["Line", "transcript"]

_WHO: Mapping[object, Literal["caller", "agent", "system"]] = {"user": "caller", "assistant": "agent"}
_OUTCOME = {"done": "", "error": "failed: ", "cancelled": "cancelled"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `said` is part of the conversation the model sees; `heard` are words of the caller that are not (or
    not yet) part of it, such as those spoken over a line that may not be interrupted; `tool` is a tool's work.
    """

    elapsed: float
    who: Literal["caller", "agent", "system", "tool"]
    text: str
    interrupted: bool = False
    kind: Literal["said", "heard", "tool"] = "said"


def transcript(records: Sequence[Record]) -> list[Line]:
    """The lines of a call in the order they happened."""
    return [line for _, line in sorted([*_spoken(records), *_worked(records)], key=lambda pair: pair[0])]


def _spoken(records: Sequence[Record]) -> list[tuple[int, Line]]:
    lines: list[tuple[int, Line]] = []
    waiting: list[Record] = []
    for record in records:
        if record.name == "Heard" and record.body["final"] and str(record.body["text"]).strip():
            waiting.append(record)
        if record.name != "Said":
            continue
        text, role = str(record.body["text"]), record.body["role"]
        interrupted = bool(record.body.get("interrupted"))
        lines.append((record.seq, Line(record.elapsed, _WHO.get(role, "system"), text, interrupted)))
        if role == "user":
            missing = unsaid([str(item.body["text"]) for item in waiting], text)
            lines += [_lost(waiting[position]) for position in missing]
            waiting = []
    return lines + [_lost(record) for record in waiting]


def _lost(record: Record) -> tuple[int, Line]:
    return record.seq, Line(record.elapsed, "caller", str(record.body["text"]), kind="heard")


def _worked(records: Sequence[Record]) -> list[tuple[int, Line]]:
    ends = {record.body["id"]: record.body for record in records if record.name == "ToolEnded"}
    starts = [record for record in records if record.name == "ToolStarted"]
    return [
        (start.seq, Line(start.elapsed, "tool", _work(start.body, ends.get(start.body["id"])), kind="tool"))
        for start in starts
    ]


def _work(start: Mapping[str, object], end: Mapping[str, object] | None) -> str:
    called = f"{start['name']}({start['arguments']})"
    if end is None:
        return f"{called} -> not finished"
    status = str(end["status"])
    return f"{called} -> {_OUTCOME.get(status, status)}{end['output']}".rstrip(": ")
