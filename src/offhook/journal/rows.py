"""Converts a record to a row of the journal and back. The body of a row is standard JSON."""

import json
import math
from collections.abc import Mapping
from typing import Any

from offhook.core.record import Record
from offhook.journal.version_1 import upgraded

__all__ = ["COLUMNS", "DAMAGED", "body_of", "record_of", "row_of"]

COLUMNS = 'call, seq, at, elapsed, kind, name, body, cause, "by"'

DAMAGED = "DamagedRecord"

Row = tuple[Any, ...]


def row_of(record: Record) -> Row:
    """Return the row of a record. Values that JSON does not have are replaced."""
    return (
        _storable(record.call),
        record.seq,
        record.at,
        record.elapsed,
        record.kind,
        record.name,
        _encode(record.body),
        record.cause,
        _storable(record.by),
    )


def record_of(row: Row) -> Record:
    """Return the record of a row. A record of journal version 1 gets the names of version 2.

    A row that was damaged on the disk becomes a `DamagedRecord`, so that the rest of the call can be read.
    """
    call, seq, at, elapsed, kind, name, body, cause, by = row
    name, fields = body_of(name, body)
    name, fields, by = upgraded(name, fields, by)
    return Record(call, seq, at, elapsed, "fact" if kind == "fact" else "decision", name, fields, cause=cause, by=by)


def body_of(name: str, body: object) -> tuple[str, Mapping[str, Any]]:
    """Return the name and the fields of a stored body. A body that cannot be read becomes a `DamagedRecord`."""
    try:
        fields = json.loads(body) if isinstance(body, str | bytes) else None
    except ValueError:
        fields = None
    return (name, fields) if isinstance(fields, dict) else (DAMAGED, {"name": name})


def _storable(text: str) -> str:
    """Replace characters that UTF-8 cannot encode, because SQLite could not store a record with these characters."""
    return text if text.isascii() else text.encode(errors="replace").decode()


def _encode(body: Mapping[str, object]) -> str:
    try:
        return json.dumps(body, allow_nan=False, separators=(",", ":"), default=str)
    except (TypeError, ValueError, RecursionError):
        return json.dumps(_json_safe(body, depth=20), allow_nan=False, separators=(",", ":"))


def _json_safe(value: object, depth: int) -> object:
    """Replace values that JSON does not have: infinity, keys that are not text, and circular references."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if depth and isinstance(value, Mapping):
        return {str(key): _json_safe(item, depth - 1) for key, item in value.items()}
    if depth and isinstance(value, list | tuple):
        return [_json_safe(item, depth - 1) for item in value]
    return f"<{type(value).__name__}>"
