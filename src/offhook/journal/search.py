"""Finds calls in the journal by time, reason, caller, agent and spoken text."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from offhook.journal.call_reader import CallReader, Summary

__all__ = ["CallFilter", "caller_contains", "caller_equals", "callers", "matches", "search"]

SPOKEN = ("MessageCommitted", "TranscriptReceived")


@dataclass(frozen=True, slots=True)
class CallFilter:
    """The conditions of a search for calls; an empty field selects every call.

    `since` and `until` are Unix times that limit the start of the call. `caller` is a part of the caller's number, name
    or identity. `agent` is a part of the agent's name or version. `text` is a part of the words of the caller or the
    agent. Upper and lower case count as equal in these texts. `reason` is the reason for the end of the call; the value
    `open` selects calls that have not ended.
    """

    since: float = 0.0
    until: float = float("inf")
    reason: str = ""
    caller: str = ""
    agent: str = ""
    text: str = ""


def search(reader: CallReader, wanted: CallFilter, limit: int = -1) -> Iterator[Summary]:
    """Yield the calls that meet all conditions, newest first, at most `limit` calls."""
    for summary in reader.started(wanted.since, wanted.until):
        if limit == 0:
            return
        if matches(reader, summary, wanted):
            limit -= 1
            yield summary


def matches(reader: CallReader, summary: Summary, wanted: CallFilter) -> bool:
    """Return True if the call meets all conditions except `since` and `until`, which this function does not check."""
    if wanted.reason and wanted.reason != (summary.reason or summary.state):
        return False
    if wanted.agent.casefold() not in f"{summary.agent} {summary.version}".casefold():
        return False
    if wanted.caller and not any(caller_contains(one, wanted.caller) for one in callers(reader, summary.call)):
        return False
    return not wanted.text or _said(reader, summary.call, wanted.text)


def callers(reader: CallReader, call: str) -> list[Mapping[str, Any]]:
    """Return the fields of each `CallerFound` of this call."""
    return [record.body for record in reader.records(call, names=("CallerFound",))]


def caller_contains(found: Mapping[str, Any], part: str) -> bool:
    """Return True if the number, name or identity contains `part`. In numbers, only digits are compared."""
    digits = _digits(part)
    texts = (str(found.get(key) or "").casefold() for key in ("name", "identity", "number"))
    return any(part.casefold() in text for text in texts) or (bool(digits) and digits in _digits(found.get("number")))


def caller_equals(found: Mapping[str, Any], whole: str) -> bool:
    """Return True if the number, name or identity equals `whole`. In numbers, only digits are compared."""
    digits = _digits(whole)
    same = any(str(found.get(key) or "").casefold() == whole.casefold() for key in ("name", "identity", "number"))
    return same or (bool(digits) and digits == _digits(found.get("number")))


def _digits(value: object) -> str:
    """Return the digits of a telephone number, or "" for any other text."""
    text = str(value or "")
    return "" if any(char.isalpha() for char in text) else "".join(filter(str.isdigit, text))


def _said(reader: CallReader, call: str, text: str) -> bool:
    sought = text.casefold()
    spoken = (record.body for record in reader.records(call) if record.name in SPOKEN)
    return any(sought in str(body.get("text", "")).casefold() for body in spoken)
