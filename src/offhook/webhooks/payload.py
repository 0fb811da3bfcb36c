"""Makes the JSON body of a webhook message from the journal records of the call."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from offhook.core.record import Record
from offhook.core.webhooks import Receiver
from offhook.journal.outbox import Delivery
from offhook.journal.reader import Reader
from offhook.journal.rows import DAMAGED
from offhook.redaction.redactor import Redactor
from offhook.reports.transcript import transcript

__all__ = ["MOST", "payload"]

MOST = 500_000
"""The maximum number of characters in a transcript. Further lines are left out, and `truncated` is then true.

`truncated` is also true if a row of the call is damaged on the disk.
"""
_LANDMARKS = ("JobAccepted", "Connected", "CallerFound", "Ended")


def payload(reader: Reader, delivery: Delivery, receiver: Receiver, redactor: Redactor) -> str:
    """Return the body of this message as JSON.

    The sender makes the body again for each attempt. Therefore words that were redacted in the journal after the first
    attempt are not sent again.
    """
    records = reader.records(delivery.call, names=_LANDMARKS)
    first: dict[str, Mapping[str, Any]] = {}
    for record in records:
        first.setdefault(record.name, record.body)
    data: dict[str, object] = {
        "call": delivery.call,
        "room": first.get("Connected", first.get("JobAccepted", {})).get("room", ""),
        "agent": first.get("Connected", {}).get("identity", ""),
        "caller": _caller(first.get("CallerFound"), receiver, redactor),
    }
    ended = first.get("Ended")
    if ended is not None and delivery.event not in ("call.started", "call.analysed", "call.recording"):
        began = records[0].at if records else delivery.at
        data |= {"started_at": _iso(began), "ended_at": _iso(delivery.at), "seconds": ended.get("seconds", 0.0)}
        data |= {"reason": ended.get("reason", ""), "detail": redactor.redact(str(ended.get("detail", "")))}
    if delivery.event == "call.transcript":
        data |= _lines(reader.records(delivery.call), redactor)
    if delivery.event == "call.analysed":
        data |= _outcome(reader.records(delivery.call, delivery.seq - 1, limit=1), redactor)
    if delivery.event == "call.recording":
        data |= _recording(reader.records(delivery.call, names=("RecordingKept", "RecordingStored")))
    body = {"type": delivery.event, "timestamp": _iso(delivery.at), "data": data}
    return json.dumps(body, separators=(",", ":"))


def _caller(found: Mapping[str, Any] | None, receiver: Receiver, redactor: Redactor) -> dict[str, object] | None:
    if found is None:
        return None
    fields = {name: str(found.get(name, "")) for name in ("identity", "name", "number")}
    if not receiver.caller_number:
        fields = {name: redactor.redact(text) for name, text in fields.items()}
    return {**fields, "phone": bool(found.get("phone"))}


def _recording(records: Sequence[Record]) -> dict[str, object]:
    """Return the URL of the recording, the size and duration of its file, and the gaps in the audio."""
    bodies = {record.name: record.body for record in records}
    kept, stored = bodies.get("RecordingKept", {}), bodies.get("RecordingStored", {})
    began = kept.get("started_at")
    return {
        "url": stored.get("url", ""),
        **{name: stored.get(name) for name in ("sha256", "bytes", "seconds")},
        "recorded_from": _iso(began) if isinstance(began, int | float) else "",
        "gaps": kept.get("gaps", []),
        "complete": kept.get("complete", True),
    }


def _outcome(records: Sequence[Record], redactor: Redactor) -> dict[str, object]:
    """Return the outcome of the call from its record in the journal, with personal data redacted."""
    body = records[0].body if records else {}
    return {name: _masked(body.get(name), redactor) for name in ("summary", "disposition", "fields", "by")}


def _masked(value: object, redactor: Redactor) -> object:
    if isinstance(value, str):
        return redactor.redact(value)
    if isinstance(value, Mapping):
        return {str(key): _masked(item, redactor) for key, item in value.items()}
    return [_masked(item, redactor) for item in value] if isinstance(value, list | tuple) else value


def _lines(records: Sequence[Record], redactor: Redactor) -> dict[str, object]:
    lines = transcript(records)
    texts = redactor.redact_turns([(line.who, line.text) for line in lines])
    kept: list[dict[str, object]] = []
    size = 0
    for line, text in zip(lines, texts, strict=True):
        size += len(text)
        if size > MOST:
            return {"lines": kept, "truncated": True}
        kept.append({**asdict(line), "elapsed": round(line.elapsed, 3), "text": text})
    return {"lines": kept, "truncated": any(record.name == DAMAGED for record in records)}


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
