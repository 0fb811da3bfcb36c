"""Removes the speech from a record. The event, its time and its duration stay in the record."""

import json
from collections.abc import Mapping
from typing import Any

from offhook.core.speech import UNRECORDED, changed, without_quote

__all__ = ["GONE", "REMOVED", "SHORT", "corrected_row", "redacted", "redacted_row", "without_speech"]

GONE = "[forgotten]"
"""Replaces a redacted text."""
SHORT = "*"
"""Replaces a redacted text that is shorter than `GONE`."""
REMOVED = (GONE, SHORT, UNRECORDED)
"""The texts that the journal has in place of removed speech."""


def without_speech(text: str) -> str:
    """Return the text to display: `GONE` for a redacted text of any length, or else the text itself."""
    return GONE if text == SHORT else text


def redacted(name: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body of a record with this name, without the speech."""
    return without_quote(changed(name, body, lambda text: text and (GONE if len(text) >= len(GONE) else SHORT)), body)


def redacted_row(name: str, body: str) -> str:
    """Return the redacted JSON of a row, padded to the old length, so that SQLite overwrites the old row in place.

    If the length changed, SQLite would move other rows, and the old bytes of these rows would stay in the page.
    """
    return json.dumps(redacted(name, json.loads(body)), separators=(",", ":")).ljust(len(body))


def corrected_row(text: str, body: str) -> str:
    """Return the JSON of a row with this text, padded to the old length. A text that is too long becomes `SHORT`."""
    for one in (text, SHORT):
        row = json.dumps({**json.loads(body), "text": one}, separators=(",", ":"))
        if len(row) <= len(body):
            return row.ljust(len(body))
    return body
