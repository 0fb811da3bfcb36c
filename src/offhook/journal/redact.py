"""Removes the speech from a record. The event, its time and its duration stay."""

import json
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["GONE", "SHORT", "changed", "corrected_row", "redacted", "redacted_row", "without_speech"]

GONE = "[forgotten]"
"""Replaces a redacted text."""
SHORT = "*"
"""Replaces a redacted text that is shorter than `GONE`."""

_KEPT = frozenset(
    {
        "agent",
        "away",
        "by",
        "event",
        "id",
        "identity",
        "kind",
        "mode",
        "model",
        "on_interruption",
        "over",  # the name of `on_interruption` in version 1
        "provider",
        "reason",
        "role",
        "room",
        "scope",
        "side",
        "stage",
        "state",
        "status",
        "tag",
        "tool",
        "what",
        "work",
    }
)
"""Fields that have only names and fixed values. The text in any other field may be speech, also in later versions."""
_KEPT_IN: Mapping[str, frozenset[str]] = {
    "CommandReceived": frozenset({"name"}),
    "CommandRefused": frozenset({"code"}),
    "CallerFound": frozenset(
        {"name", "number", "direction", "trunk_number", "trunk", "rule", "sip_call", "full_sip_call"}
    ),  # the names and numbers of a phone call are not speech
    "Connected": frozenset({"version"}),
    "DialRequested": frozenset({"to", "trunk"}),
    "DialResult": frozenset({"outcome"}),
    "AnsweredBy": frozenset({"who"}),
    "HookRan": frozenset({"name"}),
    "PauseChanged": frozenset({"why"}),
    "ToolRefused": frozenset({"name"}),
    "ToolStarted": frozenset({"name"}),
    "Transfer": frozenset({"to"}),
    "TransferStarted": frozenset({"to"}),
}


def without_speech(text: str) -> str:
    """Return the text to display. For a redacted text of any length, this is `GONE`."""
    return GONE if text == SHORT else text


def redacted(name: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body of a record with this name, without the speech."""
    plain = changed(name, body, lambda text: text and (GONE if len(text) >= len(GONE) else SHORT))
    if isinstance(why := body.get("why"), str):
        # The text before the colon is fixed. The text after the colon quotes an error.
        plain["why"] = why.partition(":")[0]
    return plain


def changed(name: str, body: Mapping[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
    """Return the body of a record with this name, with a change of every text that may be speech."""
    kept = _KEPT | _KEPT_IN.get(name, frozenset())
    return {
        key: value if key in kept and isinstance(value, str) else _changed(value, change) for key, value in body.items()
    }


def redacted_row(name: str, body: str) -> str:
    """Return the redacted JSON of a row, padded to the old length, so that SQLite overwrites the old row in place.

    With another length, SQLite would move other rows, and the old bytes of these rows would stay in the page.
    """
    return json.dumps(redacted(name, json.loads(body)), separators=(",", ":")).ljust(len(body))


def corrected_row(text: str, body: str) -> str:
    """Return the JSON of a row with this text, padded to the old length. A text that is too long becomes `SHORT`."""
    for one in (text, SHORT):
        row = json.dumps({**json.loads(body), "text": one}, separators=(",", ":"))
        if len(row) <= len(body):
            return row.ljust(len(body))
    return body


def _changed(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {
            key: item if key in _KEPT and isinstance(item, str) else _changed(item, change)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_changed(item, change) for item in value]
    return value
