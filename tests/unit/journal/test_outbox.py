"""A webhook is in the outbox exactly if its fact is in the journal; old journals get an outbox."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from offhook.core.errors import JournalError
from offhook.core.facts import CallerFound, Ended, Fact, Warned
from offhook.core.record import Record, to_body
from offhook.core.webhooks import Receiver, new_secret, parse_receivers
from offhook.journal.outbox import Outbox, Result
from offhook.journal.prune import prune
from offhook.journal.reader import Reader
from offhook.journal.rows import row_of
from offhook.journal.schema import APPLICATION, VERSION, open_journal
from offhook.journal.store import Store
from offhook.journal.writer import Journal

SECRET = new_secret(b"s" * 24)
FIRST, SECOND = parse_receivers(f"https://a.example {SECRET}; https://b.example {SECRET} call.ended")
DAY = 86_400.0
CALLER = CallerFound("ada", phone=False, active=True)

VERSION_1_AND_2 = """
CREATE TABLE records (
    call TEXT NOT NULL, seq INTEGER NOT NULL, at REAL NOT NULL, elapsed REAL NOT NULL, kind TEXT NOT NULL,
    name TEXT NOT NULL, body TEXT NOT NULL, cause INTEGER, "by" TEXT NOT NULL, PRIMARY KEY (call, seq)
){};
CREATE TABLE calls (call TEXT NOT NULL PRIMARY KEY, at REAL NOT NULL) WITHOUT ROWID;
CREATE INDEX calls_by_time ON calls (at);
"""


def _record(seq: int, fact: Fact, call: str = "AJ_1") -> Record:
    return Record(call, seq, 1000.0 + seq, float(seq), "fact", type(fact).__name__, to_body(fact))


def _store(path: Path, *records: Record, receivers: tuple[Receiver, ...] = (FIRST, SECOND)) -> None:
    with closing(Store(path, receivers)) as store:
        store.write([row_of(record) for record in records])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def outbox(path: Path) -> Iterator[Outbox]:
    with closing(Outbox(path)) as opened:
        yield opened


def _events(outbox: Outbox) -> list[tuple[str, str]]:
    return [(one.receiver, one.event) for one in reversed(outbox.deliveries(None, 100))]


def test_a_fact_and_its_messages_are_stored_together(path: Path, outbox: Outbox) -> None:
    _store(path, _record(0, CALLER), _record(1, Warned("x")), _record(2, Ended("silence")))
    assert _events(outbox) == [
        (FIRST.name, "call.started"),
        (FIRST.name, "call.ended"),
        (SECOND.name, "call.ended"),
        (FIRST.name, "call.transcript"),
    ]


def test_a_message_that_cannot_be_stored_takes_its_fact_with_it(path: Path, outbox: Outbox) -> None:
    with closing(open_journal(path)) as connection:
        connection.execute("CREATE TRIGGER full BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'full'); END")
    with pytest.raises(sqlite3.IntegrityError):
        _store(path, _record(0, CALLER))
    with Reader(path) as reader:
        assert reader.records("AJ_1") == []
    assert outbox.counts() == {}


def test_an_end_that_is_recorded_twice_is_told_once(path: Path, outbox: Outbox) -> None:
    _store(path, _record(5, Ended("silence")))
    _store(path, _record(5, Ended("silence")), _record(6, Ended("error")))
    assert [event for receiver, event in _events(outbox) if receiver == SECOND.name] == ["call.ended"]


def test_a_record_whose_number_is_taken_makes_no_message(path: Path, outbox: Outbox) -> None:
    _store(path, _record(5, Warned("first")))
    _store(path, _record(5, Ended("silence")))
    assert outbox.counts() == {}


def test_without_receivers_nothing_is_stored(path: Path, outbox: Outbox) -> None:
    _store(path, _record(0, CALLER), receivers=())
    assert outbox.counts() == {}


async def test_the_writer_of_the_journal_fills_the_outbox(path: Path, outbox: Outbox) -> None:
    journal = Journal.open(path, (SECOND,))
    journal.append(_record(0, Ended("silence")))
    assert await journal.flushed(20)
    assert journal.close(20)
    assert _events(outbox) == [(SECOND.name, "call.ended")]


def test_a_later_message_of_a_call_waits_for_the_earlier_one(path: Path, outbox: Outbox) -> None:
    _store(path, _record(0, CALLER), _record(1, Ended("silence")), _record(0, CALLER, "AJ_2"))
    (one, other) = outbox.due(FIRST.name, 2000.0, 10)
    assert [(one.call, one.event), (other.call, other.event)] == [("AJ_1", "call.started"), ("AJ_2", "call.started")]
    outbox.record([Result(one, "pending", 9000.0, "no answer")])
    assert outbox.due(FIRST.name, 2000.0, 10) == [other]
    (again, _) = sorted(outbox.due(FIRST.name, 9000.0, 10), key=lambda found: found.call)
    assert again == replace(one, attempts=1, due=9000.0, error="no answer")
    outbox.record([Result(again, "delivered", 9000.0), Result(other, "dead", 9000.0, "gone")])
    assert [(found.call, found.event) for found in outbox.due(FIRST.name, 9000.0, 10)] == [("AJ_1", "call.ended")]


def test_a_dead_message_is_sent_again_when_asked(path: Path, outbox: Outbox) -> None:
    _store(path, _record(0, CALLER))
    (one,) = outbox.due(FIRST.name, 2000.0, 10)
    outbox.record([Result(one, "dead", 2000.0, "no answer")])
    assert outbox.retry(3000.0, ["msg_none"]) == 0
    assert outbox.retry(3000.0) == 1
    assert outbox.due(FIRST.name, 3000.0, 10) == [replace(one, due=3000.0)]
    assert outbox.retry(4000.0, [one.id]) == 1


def test_delivered_messages_leave_the_outbox_after_a_week_and_dead_ones_stay(path: Path, outbox: Outbox) -> None:
    _store(path, _record(0, CALLER), _record(0, CALLER, "AJ_2"))
    one, other = outbox.due(FIRST.name, 2000.0, 10)
    outbox.record([Result(one, "delivered", 2000.0), Result(other, "dead", 2000.0)])
    assert outbox.tidy(2000.0 + 6 * DAY, [FIRST.name]) == 0
    assert outbox.counts() == {"delivered": 1, "dead": 1}
    assert outbox.tidy(2000.0 + 8 * DAY, [FIRST.name]) == 0
    assert outbox.counts() == {"dead": 1}


def test_a_message_for_a_receiver_that_was_removed_is_given_up_after_a_week(path: Path, outbox: Outbox) -> None:
    _store(path, _record(0, CALLER))
    assert outbox.tidy(1000.0 + 8 * DAY, [FIRST.name, SECOND.name]) == 0
    assert outbox.tidy(1000.0 + 6 * DAY, [SECOND.name]) == 0
    assert outbox.tidy(1000.0 + 8 * DAY, [SECOND.name]) == 1
    assert outbox.retry(1000.0 + 8 * DAY) == 1
    assert outbox.tidy(1000.0 + 9 * DAY, []) == 0
    assert outbox.counts() == {"pending": 1}


def test_the_later_messages_of_a_call_wait_with_it_and_hurry_with_it(path: Path, outbox: Outbox) -> None:
    _store(path, _record(0, CALLER), _record(1, Ended("silence")))
    (one,) = outbox.due(FIRST.name, 2000.0, 10)
    outbox.record([Result(one, "pending", 9000.0, "no answer")])
    assert [found.due for found in outbox.deliveries("pending", 9) if found.receiver == FIRST.name] == [9000.0] * 3
    outbox.hurry(FIRST.name, 3000.0)
    assert [found.event for found in outbox.due(FIRST.name, 3000.0, 10)] == ["call.started"]


def test_deleted_calls_leave_the_outbox_too(path: Path, outbox: Outbox) -> None:
    _store(path, _record(0, CALLER), _record(1, Ended("silence")))
    prune(path, ["AJ_1"])
    assert outbox.counts() == {}


@pytest.mark.parametrize(("version", "rows"), [(1, " WITHOUT ROWID"), (2, "")])
def test_a_journal_of_every_earlier_version_gets_an_outbox_and_keeps_its_records(
    path: Path, version: int, rows: str
) -> None:
    with closing(sqlite3.connect(path)) as old:
        old.executescript(VERSION_1_AND_2.format(rows))
        old.execute("INSERT INTO calls VALUES ('AJ_0', 1.0)")
        old.execute("INSERT INTO records VALUES ('AJ_0', 0, 1.0, 0.0, 'fact', 'Warned', '{\"text\":\"x\"}', NULL, '')")
        old.execute(f"PRAGMA application_id = {APPLICATION}")
        old.execute(f"PRAGMA user_version = {version}")
        old.commit()
    with Reader(path) as reader:
        assert [record.body for record in reader.records("AJ_0")] == [{"text": "x"}]
    _store(path, _record(0, CALLER))
    with closing(open_journal(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
    with closing(Outbox(path)) as opened:
        assert _events(opened) == [(FIRST.name, "call.started")]
    with Reader(path) as reader:
        assert {call.call for call in reader.calls()} == {"AJ_0", "AJ_1"}


def test_an_outbox_that_breaks_is_an_error_of_the_journal(path: Path, outbox: Outbox) -> None:
    with closing(open_journal(path)) as connection:
        connection.execute("DROP TABLE outbox")
    with pytest.raises(JournalError, match="cannot open the journal"):
        outbox.counts()
