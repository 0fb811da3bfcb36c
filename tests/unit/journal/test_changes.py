"""What has to be shipped: each new and each changed record is noted, and no note is lost or too much."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from offhook.core.errors import JournalError
from offhook.core.facts import MessageCommitted
from offhook.journal.changes import MOST_RECORDS, Batch, Changes
from offhook.journal.prune import prune
from offhook.journal.writer import Journal

from .shipping import records_of, whole_call, write


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def changes(path: Path) -> Iterator[Changes]:
    with closing(Changes(path)) as one:
        yield one


def numbers(batch: Batch | None) -> list[tuple[str, int]]:
    return [(row[0], row[1]) for row in batch.rows] if batch else []


def test_records_wait_in_the_order_in_which_they_were_written(path: Path, changes: Changes) -> None:
    write(path, records_of("AJ_2", MessageCommitted("user", "a"), MessageCommitted("user", "b"), at=50.0))
    write(path, records_of("AJ_1", MessageCommitted("user", "c"), at=40.0, first=7))
    batch = changes.next_batch()
    assert numbers(batch) == [("AJ_2", 0), ("AJ_2", 1), ("AJ_1", 7)]
    assert batch is not None
    assert {call: (one.at, one.first) for call, one in batch.calls.items()} == {"AJ_2": (50.0, 0), "AJ_1": (47.0, 7)}
    assert numbers(changes.next_batch()) == numbers(batch)
    changes.done(batch)
    assert changes.next_batch() is None


def test_records_from_before_wait_too(path: Path) -> None:
    write(path, whole_call("AJ_1"))
    with closing(Changes(path)) as changes:
        assert len(numbers(changes.next_batch())) == len(whole_call("AJ_1"))
    with closing(Changes(path)) as changes:
        assert changes.backlog().records == len(whole_call("AJ_1"))


def test_a_file_keeps_its_id(path: Path, tmp_path: Path) -> None:
    with (
        closing(Changes(path)) as one,
        closing(Changes(path)) as same,
        closing(Changes(tmp_path / "other.db")) as other,
    ):
        assert one.journal == same.journal != other.journal


def test_the_backlog_says_how_many_records_wait_and_since_when(path: Path, changes: Changes) -> None:
    assert (changes.backlog().records, changes.backlog().since) == (0, None)
    write(path, whole_call("AJ_1"))
    first = changes.backlog()
    assert first.records == len(whole_call("AJ_1"))
    assert first.since is not None
    assert abs(first.since - path.stat().st_mtime) < 5


async def test_a_redacted_record_waits_again_without_its_words(path: Path, changes: Changes) -> None:
    journal = Journal.open(path)
    for record in whole_call("AJ_1", turns=1):
        journal.append(record)
    assert await journal.flushed()
    batch = changes.next_batch()
    assert batch is not None
    assert await journal.redact("AJ_1", 100)
    changes.done(batch)
    again = changes.next_batch()
    assert again is not None
    assert len(again.rows) == len(batch.rows)
    assert ("says" in str(batch.rows), "says" in str(again.rows), "[forgotten]" in str(again.rows)) == (
        True,
        False,
        True,
    )
    assert await asyncio.to_thread(journal.close, 20)


def test_a_batch_is_limited_in_records(path: Path, changes: Changes) -> None:
    write(path, records_of("AJ_1", *[MessageCommitted("user", "hi")] * (MOST_RECORDS + 1)))
    batch = changes.next_batch()
    assert batch is not None
    assert len(batch.rows) == MOST_RECORDS
    changes.done(batch)
    assert numbers(changes.next_batch()) == [("AJ_1", MOST_RECORDS)]


@pytest.mark.slow
def test_a_batch_is_limited_in_bytes_and_a_large_record_is_alone(path: Path, changes: Changes) -> None:
    texts = ["a", "x" * 4_100_000, "b", "y" * 2_100_000, "z" * 2_100_000]
    write(path, records_of("AJ_1", *(MessageCommitted("user", text) for text in texts)))
    found = []
    while batch := changes.next_batch():
        found.append([seq for _, seq in numbers(batch)])
        changes.done(batch)
    assert found == [[0], [1], [2, 3], [4]]


def test_pruned_records_wait_no_more_and_their_numbers_are_not_used_again(path: Path, changes: Changes) -> None:
    write(path, [*whole_call("AJ_1"), *whole_call("AJ_2")])
    batch = changes.next_batch()
    assert batch is not None
    prune(path, ["AJ_1", "AJ_2"])
    write(path, whole_call("AJ_3"))
    changes.done(batch)
    assert {call for call, _ in numbers(changes.next_batch())} == {"AJ_3"}


def test_a_second_writer_of_one_record_is_still_noticed(path: Path, changes: Changes) -> None:
    write(path, whole_call("AJ_1"))
    journal = Journal.open(path)
    for record in whole_call("AJ_1"):
        journal.append(record)
    assert journal.close(20)
    assert journal.lost == len(whole_call("AJ_1"))
    batch = changes.next_batch()
    assert batch is not None
    assert len(batch.rows) == len(whole_call("AJ_1"))


def test_a_journal_of_an_older_version_is_shipped_whole(path: Path) -> None:
    write(path, whole_call("AJ_1"))
    with closing(sqlite3.connect(path)) as file:  # as versions 1 and 2 made it
        file.execute("ALTER TABLE records RENAME TO new")
        file.execute(
            "CREATE TABLE records (call TEXT NOT NULL, seq INTEGER NOT NULL, at REAL NOT NULL, elapsed REAL NOT NULL, "
            'kind TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL, cause INTEGER, "by" TEXT NOT NULL, '
            "PRIMARY KEY (call, seq)) WITHOUT ROWID"
        )
        file.execute("INSERT INTO records SELECT * FROM new")
        file.execute("DROP TABLE new")
        file.commit()
    with closing(Changes(path)) as changes:
        write(path, records_of("AJ_2", MessageCommitted("user", "hi")))
        found = numbers(changes.next_batch())
    assert found == [*(("AJ_1", seq) for seq in range(len(whole_call("AJ_1")))), ("AJ_2", 0)]


def test_bytes_that_are_no_text_do_not_stop_the_batch(path: Path, changes: Changes) -> None:
    write(path, whole_call("AJ_1"))
    with closing(sqlite3.connect(path)) as file:
        file.execute("UPDATE records SET body = CAST(x'fffe00' AS TEXT) WHERE seq = 3")
        file.commit()
    batch = changes.next_batch()
    assert batch is not None
    assert len(batch.rows) == len(whole_call("AJ_1"))


def test_a_file_of_another_program_is_refused(path: Path) -> None:
    path.write_text("my notes, and no database " * 100)
    with pytest.raises(JournalError, match="damaged or not a journal"):
        Changes(path)
