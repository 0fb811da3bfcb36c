"""The writer never blocks the call, and stores every record."""

import asyncio
import logging
import threading
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.core.facts import TranscriptReceived, Warned
from offhook.core.record import Record, to_body
from offhook.journal import writer
from offhook.journal.reader import Reader
from offhook.journal.rows import record_of, row_of
from offhook.journal.schema import open_journal
from offhook.journal.store import CACHE, Store
from offhook.journal.writer import Journal

LONG = 20.0


class _Recovered(logging.Handler):
    """Waits for the log message "the journal can be written again"."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.event = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage() == "the journal can be written again":
            self.event.set()


def _record(seq: int, text: str = "hello", call: str = "call") -> Record:
    return Record(call, seq, 1000.0 + seq, float(seq), "fact", "Warned", to_body(Warned(text)))


def _errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [entry.message for entry in caplog.records if entry.levelno >= logging.ERROR]


def _read(path: Path) -> list[Record]:
    with Reader(path) as reader:
        return reader.records("call")


async def test_what_is_safe_can_be_read_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    journal = Journal.open(path)
    records = [_record(0), Record("call", 1, 2.5, 0.1, "decision", "Note", {"why": "ü\n☎"}, cause=0, by="silence")]
    for record in records:
        journal.append(record)
    assert await journal.flushed(LONG)
    assert _read(path) == records
    assert journal.close(LONG)
    assert journal.lost == 0


def test_the_connection_of_a_call_keeps_few_pages_of_the_file_in_memory(tmp_path: Path) -> None:
    with closing(Store(tmp_path / "journal.db")) as store:
        store.write([row_of(_record(0))])
        connection = store._connection  # SQLite has no other way to ask for this limit
        assert connection is not None
        assert connection.execute("PRAGMA cache_size").fetchone() == (-CACHE,)
        assert CACHE <= 128  # a call of an hour would fill a cache of 2 MB


@given(text=st.text(st.characters()))
def test_any_text_comes_back_as_it_was(text: str) -> None:
    record = Record("call", 1, 1.0, 1.0, "fact", "TranscriptReceived", to_body(TranscriptReceived(text, final=True)))
    assert record_of(row_of(record)) == record


def test_body_that_json_does_not_know_is_stored_as_near_as_it_can_be() -> None:
    circle: dict[str, object] = {"infinite": float("inf"), "path": Path("x")}
    circle["self"] = circle
    stored = record_of(row_of(Record("c\ud800", 0, 1.0, 1.0, "fact", "Odd", circle))).body
    assert stored["infinite"] == "inf"
    assert stored["path"] == "<PosixPath>"


async def test_journal_that_cannot_be_opened_is_said_once_and_written_later(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "folder").write_text("in the way")
    path = tmp_path / "folder" / "journal.db"
    journal = Journal.open(path)
    for seq in range(5):
        journal.append(_record(seq))
        assert not await journal.flushed(LONG)
    assert _errors(caplog) == ["the journal cannot be written; the call continues, and the write is retried"]
    assert caplog.records[0].exc_info is not None
    (tmp_path / "folder").unlink()
    journal.append(_record(5))
    assert await journal.flushed(LONG)
    assert journal.close(LONG)
    assert _read(path) == [_record(seq) for seq in range(6)]
    assert [entry.message for entry in caplog.records][1:] == ["the journal can be written again"]


async def test_outage_ends_by_itself(tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("in the way")
    path = tmp_path / "folder" / "journal.db"
    journal = Journal.open(path)
    journal.append(_record(0))
    assert not await journal.flushed(LONG)
    recovered = _Recovered()
    writer.log.addHandler(recovered)
    (tmp_path / "folder").unlink()
    assert recovered.event.wait(LONG)
    writer.log.removeHandler(recovered)
    assert _read(path) == [_record(0)]
    assert journal.close(LONG)


@pytest.mark.slow
async def test_memory_is_bounded_and_the_loss_is_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "folder").write_text("in the way")
    path = tmp_path / "folder" / "journal.db"
    journal = Journal.open(path)
    for start in (0, 6000):
        for seq in range(start, start + 6000):
            journal.append(_record(seq))
        assert not await journal.flushed(LONG)
    (tmp_path / "folder").unlink()
    assert await journal.flushed(LONG)
    assert [record.seq for record in _read(path)] == list(range(2000, 12000))
    assert journal.lost == 2000
    assert _errors(caplog).count("records of a call are lost") == 1
    assert journal.close(LONG)


async def test_safe_is_false_once_when_something_before_it_was_lost(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "journal.db"
    journal = Journal.open(path)
    journal.append(_record(0))
    assert await journal.flushed(LONG)
    journal.append(_record(0, "another record with the same number"))
    assert not await journal.flushed(LONG)
    journal.append(_record(1))
    assert await journal.flushed(LONG)
    assert (journal.lost, _read(path)) == (1, [_record(0), _record(1)])
    assert _errors(caplog) == ["records with a number that already exists are lost"]
    assert journal.close(LONG)


async def test_record_that_cannot_be_stored_does_not_stop_the_others(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "journal.db"
    journal = Journal.open(path)
    journal.append(Record(None, 0, 1.0, 1.0, "fact", "Warned", {}))  # type: ignore[arg-type]  # the types do not permit None
    journal.append(_record(1))
    assert not await journal.flushed(LONG)
    assert (_read(path), journal.lost) == ([_record(1)], 1)
    assert _errors(caplog) == ["a record cannot be stored"]
    assert journal.close(LONG)


async def test_journal_deleted_under_the_call_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "journal.db"
    journal = Journal.open(path)
    journal.append(_record(0))
    assert await journal.flushed(LONG)
    for file in path.parent.iterdir():
        file.unlink()
    path.parent.rmdir()
    journal.append(_record(1))
    assert await journal.flushed(LONG)
    assert _read(path) == [_record(1)]
    assert journal.close(LONG)


async def test_closing_writes_what_is_left_and_refuses_what_comes_later(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "journal.db"
    journal = Journal.open(path)
    for seq in range(3000):
        journal.append(_record(seq))
    assert journal.close(LONG)
    assert await journal.flushed()
    journal.append(_record(3000))
    assert not await journal.flushed()
    assert (journal.lost, len(_read(path))) == (1, 3000)
    assert _errors(caplog) == ["records of a call are lost"]


async def test_closing_during_an_outage_says_what_is_lost(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "folder").write_text("in the way")
    journal = Journal.open(tmp_path / "folder" / "journal.db")
    journal.append(_record(0))
    assert not journal.close(LONG)
    assert journal.lost == 1
    assert _errors(caplog)[-1] == "the journal was closed before all records were written"


def test_answer_that_comes_too_late_is_false_and_harms_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "journal.db"
    other = open_journal(path)
    other.execute("BEGIN IMMEDIATE")
    journal = Journal.open(path)
    journal.append(_record(0))
    assert not asyncio.run(journal.flushed(0.05))
    assert _errors(caplog) == ["the journal does not answer"]
    other.rollback()
    other.close()
    assert asyncio.run(journal.flushed(LONG))
    assert journal.close(LONG)
    assert _read(path) == [_record(0)]
