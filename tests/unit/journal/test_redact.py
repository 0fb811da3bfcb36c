"""Redaction keeps names and fixed values, and removes every text that may be speech."""

import json
import re

import pytest

from offhook.core.commands import EndCommand
from offhook.core.decisions import DECISIONS
from offhook.core.record import to_body
from offhook.journal.redact import redacted, redacted_row

from .test_every_fact_and_decision import EVERYTHING, SAMPLES, _sample

NAMES = {
    *("agent", "by", "event", "id", "identity", "reason", "room", "scope", "stage", "status", "tag", "tool", "what"),
    *("code in CommandRefused", "name in CommandReceived"),
    *("name in CallerFound", "name in HookRan", "name in ToolRefused", "name in ToolStarted", "number in CallerFound"),
    *(f"{name} in CallerFound" for name in ("direction", "trunk_number", "trunk", "rule", "sip_call", "full_sip_call")),
    *("to in Transfer", "to in TransferStarted", "version in Connected", "why"),
    *("to in DialRequested", "trunk in DialRequested"),
    *("path in RecordingKept", "sha256 in RecordingKept", "url in RecordingStored", "sha256 in RecordingStored"),
    "error in RecordingFailed",
}


def test_no_free_text_stays_but_names() -> None:
    for kind, arm in ((kind, arm) for kind in EVERYTHING for arm in (0, 1)):
        body = redacted(kind.__name__, to_body(_sample(kind, arm)))
        kept = {key for key, value in body.items() if value == SAMPLES[str]}
        assert {key for key in kept if key not in NAMES and f"{key} in {kind.__name__}" not in NAMES} == set(), kind
        inner = [value for value in body.values() if not isinstance(value, str)]
        names = re.compile(r'"(id|model|provider)": "[^"]*"')
        assert "rter" not in names.sub("", json.dumps(inner)), kind


def test_a_kind_of_a_later_version_loses_its_texts() -> None:
    assert redacted("New", {"spoken": "my pin is 4711", "seconds": 2.5, "parts": [{"text": "4711"}]}) == {
        "spoken": "[forgotten]",
        "seconds": 2.5,
        "parts": [{"text": "*"}],
    }


def test_a_decision_keeps_its_reason_and_loses_the_error_that_it_quotes() -> None:
    assert redacted(
        "RetryAnswer", {"tag": "retry", "why": "no answer for 6 s: APIError: bad input “my pin is 4711”"}
    ) == {
        "tag": "retry",
        "why": "no answer for 6 s",
    }


def test_a_command_keeps_what_it_was_and_loses_its_goodbye() -> None:
    body = redacted("CommandReceived", {"id": "1", "by": "desk", "verb": to_body(EndCommand(goodbye="Goodbye, 4711."))})
    assert body == {
        "id": "1",
        "by": "desk",
        "verb": {"reason": "command", "goodbye": "[forgotten]", "scope": None, "headers": None},
    }


@pytest.mark.parametrize("text", ["", "4", "4711", "my pin is 4711", "“wörter” ☎", "x" * 5000])
def test_a_row_stays_as_long_as_it_was(text: str) -> None:
    for kind in ("TranscriptReceived", *DECISIONS):
        row = json.dumps({"text": text, "final": True}, separators=(",", ":"))
        assert len(redacted_row(kind, row)) == len(row)
