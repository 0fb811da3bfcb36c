"""Redacted speech is in no row and in no byte of the journal's files, also if other processes have them open."""

import asyncio
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from offhook.core.commands import EndCommand
from offhook.core.decisions import DECISIONS, Ask, Instruct, Say
from offhook.core.facts import (
    ActionFailed,
    CallerFound,
    CommandReceived,
    HandlerFailed,
    InstructionsChanged,
    KeyPressed,
    MessageAdded,
    MessageCommitted,
    ResponseTimed,
    SpeechNotPlayed,
    ToolEnded,
    ToolStarted,
    TranscriptReceived,
)
from offhook.core.record import Record, to_body
from offhook.journal.reader import Reader
from offhook.journal.schema import BUSY, open_journal
from offhook.journal.store import Store
from offhook.journal.writer import Journal

LONG = 20.0
SECRET = "SECRETPIN4711"
OLD = """
CREATE TABLE records_old (
    call TEXT NOT NULL, seq INTEGER NOT NULL, at REAL NOT NULL, elapsed REAL NOT NULL, kind TEXT NOT NULL,
    name TEXT NOT NULL, body TEXT NOT NULL, cause INTEGER, "by" TEXT NOT NULL, PRIMARY KEY (call, seq)
) WITHOUT ROWID;
DROP TABLE records;
ALTER TABLE records_old RENAME TO records;
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def other(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection like that of another worker process, which keeps the journal open."""
    connection = open_journal(path)
    yield connection
    connection.close()


def _record(seq: int, what: object, call: str = "call") -> Record:
    kind = type(what).__name__
    if kind in DECISIONS:
        return Record(call, seq, 1.0, 1.0, "decision", kind, to_body(what), by="policy")
    return Record(call, seq, 1.0, 1.0, "fact", kind, to_body(what))


def _said(seq: int, call: str = "call", size: int = 0) -> Record:
    return _record(seq, MessageCommitted("user", f"my pin is {SECRET}" + "x" * size), call)


def _occurrences(path: Path, words: str = SECRET) -> int:
    return sum(file.read_bytes().count(words.encode()) for file in path.parent.iterdir())


async def test_no_row_and_no_byte_has_what_was_said_while_other_processes_hold_the_file(
    path: Path, other: sqlite3.Connection
) -> None:
    told = [
        TranscriptReceived(f"my pin is {SECRET}", final=False),
        MessageCommitted("user", f"my pin is {SECRET}"),
        MessageCommitted("assistant", f"Your pin is {SECRET}?"),
        SpeechNotPlayed(f"Your pin {SECRET} is right."),
        InstructionsChanged(f"The caller's pin is {SECRET}", append=True),
        Instruct(f"pin {SECRET}", tag="x"),
        Say(f"pin {SECRET}", tag="x"),
        Ask(f"pin {SECRET}", tag="x"),
        ActionFailed("add a message", f"cannot add {SECRET}"),
        MessageAdded("system", f"pin {SECRET}"),
        ToolStarted("1", "book", f'{{"pin":"{SECRET}"}}'),
        ToolEnded("1", "done", SECRET),
        HandlerFailed("MessageCommitted", f"ValueError({SECRET})"),
        CommandReceived("id", "me", EndCommand(goodbye=f"Bye {SECRET}")),
        ResponseTimed(heard=0.5),
    ]
    journal = Journal.open(path)
    for seq, what in enumerate(told):
        journal.append(_record(seq, what))
    assert await journal.redact("call", len(told))
    assert _occurrences(path) == 0
    journal.append(_record(len(told), MessageCommitted("user", "hello again")))
    assert await journal.flushed(LONG)
    with Reader(path) as reader:
        assert reader.records("call")[-1].body["text"] == "hello again"
    assert journal.close(LONG)
    assert _occurrences(path) == 0


async def test_other_calls_and_what_is_said_later_stay(path: Path) -> None:
    journal = Journal.open(path)
    for call in ("call", "other"):
        for seq in range(4):
            journal.append(_said(seq, call))
    assert await journal.redact("call", 3)
    with Reader(path) as reader:
        assert ["forgotten" in str(one.body) for one in reader.records("call")] == [True] * 3 + [False]
        assert [one.body["text"] for one in reader.records("other")] == [f"my pin is {SECRET}"] * 4
    assert journal.close(LONG)


async def test_what_happened_is_still_told_without_the_words(path: Path) -> None:
    journal = Journal.open(path)
    told = [
        KeyPressed("4"),
        ToolStarted("1", "book", '{"pin": 4711}'),
        MessageCommitted("user", "my pin is", interrupted=True),
    ]
    told.append(CallerFound("sip_1", True, True, name="Ada", number="+15105550100", trunk_number="+1510", trunk="ST_1"))
    for seq, what in enumerate(told):
        journal.append(_record(seq, what))
    assert await journal.redact("call", len(told))
    with Reader(path) as reader:
        keys, tool, said, found = (one.body for one in reader.records("call"))
    assert keys == {"digit": "*"}
    assert tool == {"id": "1", "name": "book", "arguments": "[forgotten]"}
    assert (said["role"], said["text"], said["interrupted"]) == ("user", "*", True)
    assert (found["name"], found["number"]) == ("Ada", "+15105550100")
    assert (found["trunk_number"], found["trunk"]) == ("+1510", "ST_1")
    assert journal.close(LONG)


@pytest.mark.slow
async def test_rows_that_were_moved_about_in_the_file_leave_no_copy(path: Path, other: sqlite3.Connection) -> None:
    chance = random.Random(4711)
    journals = [Journal.open(path) for _ in range(3)]
    calls = {f"AJ_{number}": 0 for number in range(9)}
    for turn in range(3000):
        call, journal = chance.choice(list(calls)), chance.choice(journals)
        size = chance.choice([0, 50, 200, 900, 3000, 9000])
        journal.append(
            _said(calls[call], call, size)
            if call < "AJ_2"
            else _record(calls[call], TranscriptReceived("x" * size, True), call)
        )
        calls[call] += 1
        if turn % 500 == 0:
            assert all([await one.flushed(LONG) for one in journals])
        if turn == 1500:
            assert await journals[0].redact("AJ_0", calls["AJ_0"])
    assert all([await one.flushed(LONG) for one in journals])
    for call in ("AJ_0", "AJ_1"):
        assert await journals[0].redact(call, calls[call])
    assert _occurrences(path) == 0
    assert [one.close(LONG) for one in journals] == [True] * 3


@pytest.mark.slow
async def test_a_journal_of_an_earlier_version_is_rewritten_and_keeps_no_copy(path: Path) -> None:
    old = open_journal(path)
    old.executescript(OLD)
    chance = random.Random(4711)
    calls = dict.fromkeys(("AJ_1", "AJ_2", "AJ_3"), 0)
    for _ in range(1500):
        call = chance.choice(list(calls))
        body = f'{{"text":"{SECRET if call == "AJ_2" else ""}{"x" * chance.choice([5, 50, 900, 3000])}"}}'
        old.execute(
            "INSERT INTO records VALUES (?, ?, 1, 1, 'fact', 'TranscriptReceived', ?, NULL, '')",
            (call, calls[call], body),
        )
        calls[call] += 1
    journal = Journal.open(path)
    assert await journal.redact("AJ_2", 9999)
    assert _occurrences(path) == 0
    old.execute("INSERT INTO records VALUES ('AJ_1', 9999, 1, 1, 'fact', 'TranscriptReceived', '{}', NULL, '')")
    with Reader(path) as reader:
        assert [len(reader.records(call)) for call in calls] == [calls["AJ_1"] + 1, calls["AJ_2"], calls["AJ_3"]]
    old.close()
    assert journal.close(LONG)


async def test_a_long_reader_only_delays_it_and_holds_nobody_up(path: Path) -> None:
    journal = Journal.open(path)
    journal.append(_said(0))
    assert await journal.flushed(LONG)
    reading = sqlite3.connect(path, isolation_level=None)
    reading.execute("BEGIN")
    reading.execute("SELECT * FROM records").fetchall()
    redacting = asyncio.create_task(journal.redact("call", 1))
    for seq in range(1, 20):
        journal.append(_record(seq, TranscriptReceived("hello", final=True)))
        assert await journal.flushed(BUSY)
    assert not redacting.done()
    reading.execute("COMMIT")
    assert await redacting
    assert _occurrences(path) == 0
    reading.close()
    assert journal.close(LONG)


async def test_a_process_that_died_half_way_is_followed_up_by_the_next(path: Path, other: sqlite3.Connection) -> None:
    journal = Journal.open(path)
    journal.append(_said(0))
    assert await journal.flushed(LONG)
    dying = Store(path)
    dying.redact("call", 1)
    assert _occurrences(path) > 0
    dying.close()
    assert journal.close(LONG)
    following = Journal.open(path)
    following.append(_record(1, TranscriptReceived("hello", final=True)))
    assert following.close(LONG)
    assert _occurrences(path) == 0
    assert other.execute("SELECT * FROM redactions").fetchall() == []


async def test_a_journal_that_closes_before_a_reader_lets_go_says_so(
    path: Path, other: sqlite3.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    journal = Journal.open(path)
    journal.append(_said(0))
    assert await journal.flushed(LONG)
    other.execute("BEGIN")
    other.execute("SELECT * FROM records").fetchall()
    redacting = asyncio.create_task(journal.redact("call", 1))
    await asyncio.sleep(0)
    assert await asyncio.to_thread(journal.close, LONG)
    assert not await redacting
    assert not await journal.redact("call", 1)
    assert [entry.message for entry in caplog.records] == [
        "redacted speech is still in the journal's files; the next worker that opens the journal removes it"
    ]
    assert SECRET not in caplog.text
    other.execute("COMMIT")


async def test_words_that_wait_for_a_disk_are_taken_out_as_soon_as_it_is_there(tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("in the way")
    path = tmp_path / "folder" / "journal.db"
    journal = Journal.open(path)
    journal.append(_said(0))
    redacting = asyncio.create_task(journal.redact("call", 1))
    assert not await journal.flushed(LONG)
    (tmp_path / "folder").unlink()
    assert await redacting
    assert _occurrences(path) == 0
    with Reader(path) as reader:
        assert [one.name for one in reader.records("call")] == ["MessageCommitted"]
    assert journal.close(LONG)


async def test_a_journal_that_cannot_be_opened_is_tried_again_and_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "folder").write_text("in the way")
    journal = Journal.open(tmp_path / "folder" / "journal.db")
    redacting = asyncio.create_task(journal.redact("call", 1))
    for _ in range(3):
        assert await journal.flushed(LONG)
    (tmp_path / "folder").unlink()
    assert await redacting
    assert [entry.message for entry in caplog.records] == [
        "the speech in the journal cannot be redacted; this is retried"
    ]
    assert journal.close(LONG)
