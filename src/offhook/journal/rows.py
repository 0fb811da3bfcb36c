"""How a record lies in the journal: one row, its body as JSON that any reader understands."""

import json
import math
from collections.abc import Mapping
from typing import Any

from offhook.core.record import Record

__all__ = ["COLUMNS", "record_of", "row_of"]

COLUMNS = 'call, seq, at, elapsed, kind, name, body, cause, "by"'

Row = tuple[Any, ...]


def row_of(record: Record) -> Row:
    """The row of a record; whatever a body holds, it becomes something that can be stored."""
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
    """The record of a row, equal to the one that was written."""
    call, seq, at, elapsed, kind, name, body, cause, by = row
    return Record(call, seq, at, elapsed, kind, name, json.loads(body), cause=cause, by=by)


def _storable(text: str) -> str:
    """SQLite stores UTF-8; half a character from a broken decoder must not cost the whole record."""
    return text if text.isascii() else text.encode(errors="replace").decode()


def _encode(body: Mapping[str, object]) -> str:
    try:
        return json.dumps(body, allow_nan=False, separators=(",", ":"), default=str)
    except (TypeError, ValueError, RecursionError):
        return json.dumps(_tamed(body, depth=20), allow_nan=False, separators=(",", ":"))


def _tamed(value: object, depth: int) -> object:
    """JSON has no infinity, no keys but text and no circles."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if depth and isinstance(value, Mapping):
        return {str(key): _tamed(item, depth - 1) for key, item in value.items()}
    if depth and isinstance(value, list | tuple):
        return [_tamed(item, depth - 1) for item in value]
    return f"<{type(value).__name__}>"
