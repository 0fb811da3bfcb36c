"""A journal of version 1: its calls are listed, shown and redacted under the names of version 2."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from offhook.core.decisions import DECISIONS
from offhook.core.ending import Ending
from offhook.core.facts import FACTS
from offhook.journal.reader import Reader
from offhook.journal.schema import VERSION, open_journal
from offhook.journal.version_1 import _NAMES, _PLAN, _POLICIES, upgraded
from offhook.policies import POLICIES
from offhook.reports.render import render
from offhook.reports.timeline import timeline

ROWS: list[tuple[str, str, dict[str, Any], str]] = [
    ("fact", "Accepted", {"room": "lobby"}, ""),
    ("fact", "Connected", {"room": "lobby", "identity": "agent"}, ""),
    ("fact", "CallerFound", {"identity": "ada", "phone": False, "active": True, "name": "Ada", "number": ""}, ""),
    ("fact", "Said", {"role": "user", "text": "hello", "interrupted": False, "since": None}, ""),
    (
        "wish",
        "Say",
        {"text": "One moment.", "tag": "filler", "beside": True, "unless_said": False, "why": ""},
        "Closer",
    ),
    ("wish", "Retry", {"tag": "ears", "why": "no words"}, "AnswerPolicy"),
    ("wish", "Retry", {"tag": "retry", "why": "no answer"}, "AnswerPolicy"),
    ("fact", "Did", {"tag": "ears", "error": ""}, ""),
    ("fact", "Ended", {"reason": "silence", "detail": "", "seconds": 9.0}, ""),
]


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A journal file of version 1."""
    path = tmp_path / "journal.db"
    connection = open_journal(path)
    connection.execute("INSERT INTO calls VALUES ('AJ_1', 1000.0)")
    for seq, (kind, name, body, by) in enumerate(ROWS):
        row = ("AJ_1", seq, 1000.0 + seq, float(seq), kind, name, json.dumps(body), None, by)
        connection.execute("INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    connection.execute("PRAGMA user_version = 1")
    connection.close()
    return path


def test_a_call_of_version_1_is_listed_and_read_under_todays_names(old: Path) -> None:
    with Reader(old) as reader:
        (call,) = reader.calls()
        records = reader.records("AJ_1")
    assert (call.room, call.caller, call.turns, call.reason) == ("lobby", "Ada", 1, "silence")
    assert [(one.kind, one.name, one.by) for one in records] == [
        ("fact", "JobAccepted", ""),
        ("fact", "Connected", ""),
        ("fact", "CallerFound", ""),
        ("fact", "MessageCommitted", ""),
        ("decision", "Say", "ending"),
        ("decision", "SwitchStt", "answer"),
        ("decision", "RetryAnswer", "answer"),
        ("fact", "ActionDone", ""),
        ("fact", "Ended", ""),
    ]
    assert (records[4].body["out_of_band"], records[4].body["skip_if_goodbye_said"]) == (True, False)
    assert (records[5].body["tag"], records[7].body["tag"]) == ("stt", "stt")
    assert "“hello”" in render(timeline(records))


def test_it_is_written_on_as_version_2(old: Path) -> None:
    open_journal(old).close()
    with sqlite3.connect(old) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
    with Reader(old) as reader:
        assert len(reader.records("AJ_1")) == len(ROWS)


def test_every_old_name_has_a_name_of_today() -> None:
    assert set(_NAMES.values()) <= {*FACTS, *DECISIONS}
    assert not set(_NAMES) & {*FACTS, *DECISIONS}
    assert set(_POLICIES.values()) <= {*(policy().name for policy in POLICIES), "supervisor"}


def test_the_fields_of_a_plan_have_their_names_of_today() -> None:
    body = {"ending": {"over": "finish", "patience": 15.0, "sorry": "Sorry."}, "limits": None}
    _, plan, _ = upgraded("Planned", body, "")
    assert Ending(**plan["ending"]) == Ending(apology="Sorry.")
    assert set(_PLAN) == {"dead_air", "ending", "limits"}
