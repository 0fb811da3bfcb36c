"""Finds what the picture of a call shows: events (such as tool calls, phone keys and problems), and states that last
for some time.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from offhook.core.record import Record
from offhook.journal.redact import without_speech
from offhook.reports.phrases import phrase

__all__ = ["Kind", "Moment", "State", "moments", "states", "without_own_hang_up"]

Kind = Literal["tool", "command", "key", "decision", "problem", "call"]

CALL = frozenset(
    {
        "AgentHandoff",
        "AnsweredBy",
        "AwayRequested",
        "CallerStatus",
        "ContextReset",
        "DialStatus",
        "InstructionsChanged",
        "MessageAdded",
        "SilenceChanged",
        "SpeechRedacted",
        "TransferEnded",
        "TransferStarted",
    }
)
"""Facts that a picture shows as events of the kind `call`."""
QUIET_POLICIES = frozenset({"commands", "ending", "greeting"})
"""Policies whose decisions have no mark in the picture. Instead of these decisions, the picture shows the command, the
end of the call or the greeting.
"""
UNSHOWN = frozenset({"MarkAway", "Note", "StopLine"})
_VERBS = {
    "Say": "says",
    "Ask": "asks the model",
    "EndCall": "ends the call",
    "RunFunction": "calls",
    "Transfer": "transfers",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """An event of a call; `start` and `end` are seconds since the start of the call. If the event has no duration,
    `end` equals `start`. The picture shows `label`, and `detail` has the whole text.
    """

    start: float
    end: float
    kind: Kind
    label: str
    detail: str


@dataclass(frozen=True, slots=True)
class State:
    """A state of the caller or the agent that lasts for some time: no media, an absent caller, or a quiet agent."""

    start: float
    end: float
    side: Literal["caller", "agent"]
    label: str


def moments(records: Sequence[Record]) -> list[Moment]:
    """Return the events of a call, in order."""
    ends = {record.body["id"]: record for record in records if record.name == "ToolEnded"}
    return [moment for record in without_own_hang_up(records) for moment in _moments_of(record, ends)]


def without_own_hang_up(records: Sequence[Record]) -> list[Record]:
    """Return the records without the disconnections that offhook itself caused, because these are no problems."""
    hung_up = next((record.seq for record in records if record.name == "HangUp"), math.inf)
    return [one for one in records if one.name not in ("RoomDisconnected", "CallerLeft") or one.seq < hung_up]


def _moments_of(record: Record, ends: Mapping[object, Record]) -> Iterator[Moment]:
    at, body = record.elapsed, record.body
    _, kind, text = phrase(record.name, body)
    match record.name:
        case "ToolStarted":
            yield _tool(record, ends.get(body["id"]))
        case "CommandReceived":
            yield Moment(at, at, "command", f"{body['by']}: {body.get('name') or 'command'}", text)
        case "KeyPressed":
            yield Moment(at, at, "key", f"key {without_speech(str(body['digit']))}", text)
        case name if name in CALL:
            yield Moment(at, at, "call", text, text)
        case _ if record.kind == "decision" and record.by not in QUIET_POLICIES and record.name not in UNSHOWN:
            why = str(body.get("why") or "")
            yield Moment(at, at, "decision", _short(record, text), f"{record.by}: {text} ({why})" if why else text)
        case _ if kind == "problem" and record.kind == "fact":
            yield Moment(at, at, "problem", text, text)


def _tool(started: Record, ended: Record | None) -> Moment:
    body = started.body
    if ended is None:
        return Moment(started.elapsed, started.elapsed, "problem", f"{body['name']}: not finished", "no result")
    took = f"{ended.elapsed - started.elapsed:.1f} s"
    kind: Kind = "problem" if ended.body["status"] == "error" else "tool"
    detail = f"{body['name']}({body['arguments']}) {ended.body['status']} after {took}: {ended.body['output']}"
    return Moment(started.elapsed, ended.elapsed, kind, f"{body['name']} {took}", detail)


def _short(record: Record, text: str) -> str:
    if record.name not in _VERBS:
        return text
    policy = {"silence": "ladder", "answer": "filler" if record.name == "Say" else "answer"}
    return f"{policy.get(record.by, record.by)}: {_VERBS[record.name]}"


_CHANGES: Mapping[str, tuple[Literal["caller", "agent"], str, str]] = {
    "MediaLost": ("caller", "media", "no packets"),
    "MediaRestored": ("caller", "media", ""),
    "CallerAbsent": ("caller", "presence", "absent"),
    "CallerRejoined": ("caller", "presence", ""),
    "QuietChanged": ("agent", "mode", ""),
}
"""For each fact: the side, what changes, and the label of the state that begins. If the label is empty, the fact's
`mode` is the label. If there is no `mode` either, the fact only ends the earlier state.
"""


def states(records: Sequence[Record]) -> list[State]:
    """Return the states, in the order in which they end."""
    found: list[State] = []
    begun: dict[str, State] = {}
    last = records[-1].elapsed if records else 0.0
    for record in records:
        if record.name not in _CHANGES:
            continue
        side, what, label = _CHANGES[record.name]
        if (state := begun.pop(what, None)) is not None:
            found.append(replace(state, end=record.elapsed))
        if label := label or str(record.body.get("mode") or ""):
            begun[what] = State(record.elapsed, last, side, label)
    return [*found, *begun.values()]
