"""Finds the texts of a record that may be speech, and replaces them."""

from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["UNRECORDED", "changed", "unrecorded", "without_quote"]

UNRECORDED = "[not recorded]"
"""Replaces a text that was spoken while the recording was paused. The text itself is never written."""

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
        "over",  # the name of `on_interruption` in records of version 1
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
"""Fields that have only names and fixed values. The text in any other field is treated as speech, even if a later
version adds the field.
"""
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
    "AnswerConsent": frozenset({"answer", "how"}),
    "ConsentAnswered": frozenset({"answer", "how"}),
    "HookRan": frozenset({"name"}),
    "PauseChanged": frozenset({"why"}),
    "RecordingDiscarded": frozenset({"why"}),
    "RecordingFailed": frozenset({"error"}),
    "RecordingKept": frozenset({"path", "sha256"}),
    "RecordingStored": frozenset({"url", "sha256"}),
    "ToolRefused": frozenset({"name"}),
    "ToolStarted": frozenset({"name"}),
    "Transfer": frozenset({"to"}),
    "TransferStarted": frozenset({"to"}),
}


def unrecorded(name: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the `body` of a record with this `name`, with `UNRECORDED` in place of the speech. The function must be
    called before the record is written.
    """
    return without_quote(changed(name, body, lambda text: text and UNRECORDED), body)


def changed(name: str, body: Mapping[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
    """Return the `body` of a record with this `name`, after `change` has replaced every text that may be speech."""
    kept = _KEPT | _KEPT_IN.get(name, frozenset())
    return {
        key: value if key in kept and isinstance(value, str) else _changed(value, change) for key, value in body.items()
    }


def without_quote(plain: dict[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    """Copy `why` from `body` to `plain`, but only up to the first colon: this part quotes no speech. Return `plain`."""
    if isinstance(why := body.get("why"), str):
        # The text before the colon is fixed. The text after the colon quotes an error, which may contain speech.
        plain["why"] = why.partition(":")[0]
    return plain


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
