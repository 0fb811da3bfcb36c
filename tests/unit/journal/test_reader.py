"""The list of calls, the search for one call, and the errors."""

import shutil
from pathlib import Path

import pytest

from offhook.core.errors import JournalError
from offhook.core.facts import CallerFound, Connected, Ended, Fact, JobAccepted, MessageCommitted
from offhook.core.record import Record, to_body
from offhook.journal.reader import Reader, Summary
from offhook.journal.schema import open_journal
from offhook.journal.writer import Journal


def _call(call: str, at: float, *facts: Fact) -> list[Record]:
    return [
        Record(call, seq, at + seq, float(seq), "fact", type(fact).__name__, to_body(fact))
        for seq, fact in enumerate(facts)
    ]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "a folder?#%" / "journal.db"
    journal = Journal.open(path)
    records = [
        *_call("AJ_abc1", 100.0, Connected("one", "agent"), CallerFound("sip_1", True, True, "Ann", "+1555")),
        *_call(
            "AJ_abd2",
            300.0,
            Connected("two", "agent"),
            MessageCommitted("user", "hi"),
            MessageCommitted("assistant", "ho"),
        ),
        *_call("AJxabd3", 200.0, CallerFound("ann", False, True), Ended("silence", "nobody spoke", 61.5)),
        *_call("AJ_abc12", 50.0, JobAccepted("three"), MessageCommitted("system", "be kind")),
    ]
    for record in records:
        journal.append(record)
    assert journal.close(20)
    return path


def test_calls_are_listed_newest_first(path: Path) -> None:
    with Reader(path) as reader:
        assert reader.calls(limit=4) == [
            Summary("AJ_abd2", "two", "", 300.0, 302.0, 2.0, "open", turns=2),
            Summary("AJxabd3", "", "ann", 200.0, 201.0, 61.5, "ended", "silence", "nobody spoke"),
            Summary("AJ_abc1", "one", "+1555", 100.0, 101.0, 1.0, "open"),
            Summary("AJ_abc12", "three", "", 50.0, 51.0, 1.0, "open"),
        ]


def test_calls_are_listed_since_a_time(path: Path) -> None:
    with Reader(path) as reader:
        assert [summary.call for summary in reader.calls(since=200.0)] == ["AJ_abd2", "AJxabd3"]


@pytest.mark.parametrize(
    ("given", "found"), [("last", "AJ_abd2"), ("AJ_abd", "AJ_abd2"), ("AJx", "AJxabd3"), ("AJ_abc1", "AJ_abc1")]
)
def test_call_is_found_by_the_beginning_of_its_id(path: Path, given: str, found: str) -> None:
    with Reader(path) as reader:
        assert reader.find(given) == found


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("AJ_", "'AJ_' matches more than one call: AJ_abc1, AJ_abc12, AJ_abd2; give more characters"),
        ("%", "no call starts with '%'"),
        ("", "no call starts with ''"),
    ],
)
def test_beginning_that_does_not_tell_is_refused(path: Path, given: str, said: str) -> None:
    with Reader(path) as reader, pytest.raises(JournalError) as caught:
        reader.find(given)
    assert said in str(caught.value)


def test_records_are_read_from_a_cursor(path: Path) -> None:
    with Reader(path) as reader:
        assert [record.seq for record in reader.records("AJ_abd2", after=0)] == [1, 2]
        assert reader.records("AJ_abd2", after=2) == []


def test_unknown_call_has_no_summary(path: Path) -> None:
    with Reader(path) as reader, pytest.raises(JournalError, match="there is no call 'nobody'"):
        reader.summary("nobody")


def test_reader_never_writes(path: Path) -> None:
    with Reader(path) as reader, pytest.raises(JournalError, match="readonly"):
        reader.rows("DELETE FROM records")


def test_copy_of_a_running_journal_can_be_read(tmp_path: Path, path: Path) -> None:
    connection = open_journal(path)
    connection.execute("INSERT INTO calls VALUES ('new', 999.0)")
    copy = tmp_path / "copy"
    shutil.copytree(path.parent, copy)
    connection.close()
    with Reader(copy / "journal.db") as reader:
        assert reader.find("last") == "new"


def test_missing_and_empty_journals_are_no_journal_yet(tmp_path: Path) -> None:
    (tmp_path / "empty.db").write_bytes(b"")
    for name in ("missing.db", "empty.db"):
        with pytest.raises(JournalError, match="there is no journal at"):
            Reader(tmp_path / name)


def test_journal_without_calls_has_no_last_one(tmp_path: Path) -> None:
    open_journal(tmp_path / "journal.db").close()
    with Reader(tmp_path / "journal.db") as reader, pytest.raises(JournalError, match="no calls in"):
        reader.find("last")


def test_damaged_journal_is_named(path: Path) -> None:
    size = path.stat().st_size
    path.write_bytes(path.read_bytes()[:4096] + b"\xff" * (size - 4096))
    with Reader(path) as reader, pytest.raises(JournalError, match="damaged or not a journal"):
        reader.calls()


def test_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("notes " * 1000)
    with pytest.raises(JournalError, match="damaged or not a journal"):
        Reader(tmp_path / "notes")
