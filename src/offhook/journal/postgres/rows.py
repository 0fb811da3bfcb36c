"""Converts a row of the journal file to a row for PostgreSQL, and replaces characters that PostgreSQL refuses."""

import json
import re
from collections.abc import Sequence
from typing import Any

__all__ = ["placeholder", "row_for_postgres"]

_REPLACED = "\ufffd"
"""Replaces each NUL and each surrogate, because PostgreSQL cannot store these characters."""
_REFUSED = re.compile("[\x00\ud800-\udfff]")
_ESCAPED = re.compile(r"\\u(0000|[dD][89a-fA-F])")
_LARGEST = (1 << 63) - 1


def row_for_postgres(call: str, row: Sequence[Any]) -> tuple[Any, ...]:
    """Return the row for PostgreSQL, where the call has the id `call`. A body that is not a JSON object becomes a JSON
    string. For such a body, a reader returns a `DamagedRecord`.
    """
    _, seq, at, elapsed, kind, name, body, cause, by = row
    number = cause if isinstance(cause, int) and abs(cause) <= _LARGEST else None
    return call, seq, _seconds(at), _seconds(elapsed), _text(kind), _text(name), _body(body), number, _text(by)


def placeholder(row: Sequence[Any], why: str) -> tuple[Any, ...]:
    """Return the row with a new body, which says why the database refused the old body. For the new body, a reader
    returns a `DamagedRecord`.
    """
    return (*row[:6], f"refused by PostgreSQL: {why}", *row[7:])


def _body(body: object) -> str:
    text = body.decode(errors="replace") if isinstance(body, bytes) else str(body)
    try:
        fields = json.loads(text, parse_constant=_no_json)
        if isinstance(fields, dict):
            return json.dumps(_clean(fields)) if _ESCAPED.search(text) or _REFUSED.search(text) else text
    except (ValueError, RecursionError):
        pass  # the body is not JSON, so the row is damaged
    return json.dumps(_text(text))


def _clean(value: object) -> object:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict):
        return {_text(key): _clean(item) for key, item in value.items()}
    return [_clean(item) for item in value] if isinstance(value, list) else value


def _no_json(constant: str) -> object:
    raise ValueError(f"{constant} is not JSON")


def _seconds(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _text(value: object) -> str:
    return _REFUSED.sub(_REPLACED, value if isinstance(value, str) else str(value))
