"""Makes the transcript of a call: what both sides said, and the tool calls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from offhook.core.record import Record
from offhook.journal.redact import without_speech
from offhook.reports.unsaid import unsaid

__all__ = ["Line", "transcript"]

_WHO: Mapping[object, Literal["caller", "agent", "system"]] = {"user": "caller", "assistant": "agent"}
_OUTCOME = {"done": "", "error": "failed: ", "cancelled": "cancelled"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the transcript.

    A `said` line is a message of the conversation. The LLM sees this conversation. A `heard` line has words of the
    caller that are not in the conversation, for example because the agent's speech could not be interrupted. While the
    call is running, these words may still become part of the conversation. A `tool` line is a tool call with its
    result.
    """

    elapsed: float
    who: Literal["caller", "agent", "system", "tool"]
    text: str
    interrupted: bool = False
    kind: Literal["said", "heard", "tool"] = "said"


def transcript(records: Sequence[Record]) -> list[Line]:
    """Return the lines of a call, in order."""
    return [line for _, line in sorted([*_message_lines(records), *_tool_lines(records)], key=lambda pair: pair[0])]


def _message_lines(records: Sequence[Record]) -> list[tuple[int, Line]]:
    lines: list[tuple[int, Line]] = []
    finals: list[Record] = []
    for record in records:
        if record.name == "TranscriptReceived" and record.body["final"] and str(record.body["text"]).strip():
            finals.append(record)
        if record.name != "MessageCommitted":
            continue
        text, role = without_speech(str(record.body["text"])), record.body["role"]
        interrupted = bool(record.body.get("interrupted"))
        lines.append((record.seq, Line(record.elapsed, _WHO.get(role, "system"), text, interrupted)))
        if role == "user":
            missing = unsaid([str(item.body["text"]) for item in finals], text)
            lines += [_heard_line(finals[position]) for position in missing]
            finals = []
    return lines + [_heard_line(record) for record in finals]


def _heard_line(record: Record) -> tuple[int, Line]:
    return record.seq, Line(record.elapsed, "caller", str(record.body["text"]), kind="heard")


def _tool_lines(records: Sequence[Record]) -> list[tuple[int, Line]]:
    ends = {record.body["id"]: record.body for record in records if record.name == "ToolEnded"}
    starts = [record for record in records if record.name == "ToolStarted"]
    return [
        (start.seq, Line(start.elapsed, "tool", _tool_text(start.body, ends.get(start.body["id"])), kind="tool"))
        for start in starts
    ]


def _tool_text(start: Mapping[str, object], end: Mapping[str, object] | None) -> str:
    called = f"{start['name']}({start['arguments']})"
    if end is None:
        return f"{called} -> not finished"
    status = str(end["status"])
    return f"{called} -> {_OUTCOME.get(status, status)}{end['output']}".rstrip(": ")
