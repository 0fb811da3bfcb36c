"""Records shipped to a real PostgreSQL arrive once, in order, unchanged, and whatever happens on the way."""

import asyncio
import json
import logging
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from tests.postgres_server import PostgresServer

from offhook.core.facts import MessageCommitted
from offhook.core.postgres_address import parse_postgres
from offhook.journal.changes import Changes
from offhook.journal.place import open_calls
from offhook.journal.writer import Journal

from .shipping import read, records_of, ship, shipping, whole_call, write

pytestmark = pytest.mark.slow


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


def rows(postgres: PostgresServer, database: str, query: str) -> list[str]:
    return postgres.run(query, database.rpartition("/")[2]).splitlines()


def send_all_again(path: Path) -> None:
    with closing(sqlite3.connect(path)) as file:
        file.execute("INSERT INTO changes (call, seq, at) SELECT call, seq, 1.0 FROM records")
        file.commit()


def test_calls_read_the_same_in_both_places(path: Path, database: str) -> None:
    write(path, [one for call in range(70) for one in whole_call(f"AJ_{call}", at=1000.0 * call)])
    ship(path, database)
    with open_calls(path) as file, open_calls(parse_postgres(database)) as shipped:
        assert list(shipped.started(0.0, float("inf"))) == list(file.started(0.0, float("inf")))
        assert shipped.calls(3, since=5000.0) == file.calls(3, since=5000.0)
        assert shipped.records("AJ_7") == file.records("AJ_7") == whole_call("AJ_7", at=7000.0)
        assert shipped.records("AJ_7", 2, names=["MessageCommitted"], limit=2) == whole_call("AJ_7", at=7000.0)[3:5]
        assert [shipped.find("last"), shipped.find("AJ_69"), shipped.find("AJ_7")] == ["AJ_69", "AJ_69", "AJ_7"]


def test_a_record_that_is_sent_again_changes_nothing(path: Path, postgres: PostgresServer, database: str) -> None:
    write(path, whole_call("AJ_1"))
    ship(path, database)
    versions = "SELECT seq, xmin, ctid FROM offhook.records ORDER BY seq"
    before = rows(postgres, database, versions)
    send_all_again(path)
    assert ship(path, database).progress.shipped == len(before) == len(whole_call("AJ_1"))
    assert rows(postgres, database, versions) == before


async def test_redacted_words_are_overwritten_there_too(path: Path, postgres: PostgresServer, database: str) -> None:
    journal = Journal.open(path)
    for record in whole_call("AJ_1"):
        journal.append(record)
    assert await journal.flushed()
    async with shipping(path, database) as shipper:
        await shipper.catches_up()
        assert await journal.redact("AJ_1", 100)
    texts = "SELECT count(*) FROM offhook.records WHERE body::text LIKE '%says%'"
    assert rows(postgres, database, texts) == ["0"]
    assert journal.close(20)


BAD = [
    ("NUL", {"text": "a\x00b", "\x00key": ["\x00"]}, {"text": "a\ufffdb", "\ufffdkey": ["\ufffd"]}),
    ("half a pair", {"text": "a\ud800b", "other": "\udfff"}, {"text": "a\ufffdb", "other": "\ufffd"}),
    ("whole pairs", {"text": "\U0001f600 \u2028 \ufffe"}, {"text": "\U0001f600 \u2028 \ufffe"}),
    ("quotes", {"text": '\\u0000 "\\" \\ud800'}, {"text": '\\u0000 "\\" \\ud800'}),
    ("numbers", {"n": [1.0, 1e16, -0.0, 2**70, 0.1]}, {"n": [1.0, 10**16, 0.0, 2**70, 0.1]}),
    ("nested", {"a": {"b": [{"c": None}, True]}}, {"a": {"b": [{"c": None}, True]}}),
]


@pytest.mark.parametrize(("given", "stored"), [one[1:] for one in BAD], ids=[one[0] for one in BAD])
def test_characters_that_postgresql_refuses_are_replaced(
    path: Path, database: str, given: dict[str, object], stored: dict[str, object]
) -> None:
    write(path, records_of("AJ_1", MessageCommitted("user", "hi")))
    with closing(sqlite3.connect(path)) as file:
        file.execute("UPDATE records SET body = ?", (json.dumps(given),))
        file.commit()
    ship(path, database)
    assert [record.body for record in read(database, "AJ_1")] == [stored]


DAMAGED = ["x'fffe00'", "'{\"text\": NaN}'", "'not JSON'", "x''", "'[1]'", "'" + "[" * 3000 + "'"]


@pytest.mark.parametrize("stored", DAMAGED, ids=range(len(DAMAGED)))
def test_a_damaged_row_is_shipped_as_damaged_and_stops_no_other(path: Path, database: str, stored: str) -> None:
    write(path, whole_call("AJ_1"))
    with closing(sqlite3.connect(path)) as file:
        file.execute(f"UPDATE records SET body = {stored} WHERE seq = 3")
        file.commit()
    ship(path, database)
    found = read(database, "AJ_1")
    assert [record.name for record in found][3] == "DamagedRecord"
    assert [*found[:3], *found[4:]] == [*whole_call("AJ_1")[:3], *whole_call("AJ_1")[4:]]


def test_a_record_that_the_database_refuses_is_named_and_holds_up_no_other(
    path: Path, database: str, caplog: pytest.LogCaptureFixture
) -> None:
    write(path, [*whole_call("AJ_1"), *whole_call("AJ_2")])
    with closing(sqlite3.connect(path)) as file:
        file.execute("""UPDATE records SET body = '{"n": 1e400000}' WHERE seq = 3 AND call = 'AJ_1'""")
        file.commit()
    assert ship(path, database).progress.backlog.records == 0
    assert [record.name for record in read(database, "AJ_1")][3] == "DamagedRecord"
    assert read(database, "AJ_2") == whole_call("AJ_2")
    refused = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert [(one.message, one.call, one.seq) for one in refused] == [  # type: ignore[attr-defined]  # from `extra`
        ("PostgreSQL refuses a record; it is only in the journal file", "AJ_1", 3)
    ]


def test_a_fact_of_10_mb_arrives(path: Path, database: str) -> None:
    large = records_of("AJ_1", MessageCommitted("user", "x" * 10_000_000), MessageCommitted("user", "after"))
    write(path, large)
    ship(path, database)
    assert read(database, "AJ_1") == large


def test_two_workers_ship_to_one_database(tmp_path: Path, database: str) -> None:
    for name in ("one", "two"):
        write(tmp_path / f"{name}.db", whole_call(f"AJ_{name}"))
        ship(tmp_path / f"{name}.db", database)
    with open_calls(parse_postgres(database)) as reader:
        assert [summary.call for summary in reader.calls()] == ["AJ_one", "AJ_two"]


def test_two_workers_with_one_call_id_are_not_mixed(tmp_path: Path, database: str) -> None:
    one, two = tmp_path / "one.db", tmp_path / "two.db"
    write(one, whole_call("AJ_1", turns=2))
    write(two, whole_call("AJ_1", turns=5, number="+15105550199"))
    for path in (one, two, one, two):
        ship(path, database)
        send_all_again(path)
    with closing(Changes(two)) as changes:
        own = f"AJ_1~{changes.journal[:8]}"
    assert read(database, "AJ_1") == read(one, "AJ_1")
    assert [(one.seq, one.body) for one in read(database, own)] == [(one.seq, one.body) for one in read(two, "AJ_1")]
    with open_calls(parse_postgres(database)) as reader:
        assert [(found.call, found.caller) for found in reader.calls()] == [
            ("AJ_1", "+15105550100"),
            (own, "+15105550199"),
        ]


def test_a_call_whose_file_was_moved_goes_on_in_the_new_file(path: Path, database: str) -> None:
    whole = whole_call("AJ_1")
    write(path, whole[:4])
    ship(path, database)
    path.unlink()
    write(path, whole[4:])
    ship(path, database)
    assert read(database, "AJ_1") == whole


def test_only_one_of_two_workers_with_one_file_ships(path: Path, database: str) -> None:
    from offhook.journal.lock import FileLock

    write(path, whole_call("AJ_1"))
    with FileLock(path.with_name("journal.db-postgres.lock")) as other:
        assert other.take()
        assert ship(path, database).progress.shipped == 0
    assert ship(path, database).progress.shipped == len(whole_call("AJ_1"))


async def test_a_server_that_is_gone_in_mid_ship_loses_nothing(
    path: Path, postgres: PostgresServer, database: str, caplog: pytest.LogCaptureFixture
) -> None:
    write(path, whole_call("AJ_1"))
    async with shipping(path, database) as shipper:
        await shipper.catches_up()
        postgres.stop()
        write(path, whole_call("AJ_2", at=2000.0))
        await shipper.fails()
        assert shipper.progress.backlog.records == len(whole_call("AJ_2"))
        await shipper.fails()
        postgres.start()
        await shipper.catches_up()
    for call in ("AJ_1", "AJ_2"):
        assert await asyncio.to_thread(read, database, call) == read(path, call)
    told = [one.message for one in caplog.records if one.levelno >= logging.WARNING]
    assert told == [
        "records wait in the journal: they cannot be shipped to PostgreSQL",
        "records are shipped to PostgreSQL again",
    ]
    assert "pass-4711-word" not in caplog.text


KILLED = """
import asyncio, sys
from pathlib import Path
from offhook.core.postgres_address import parse_postgres
from offhook.journal import changes
from offhook.journal.postgres.shipper import Shipper
from offhook.journal.postgres.write import PostgresWriter

changes.MOST_RECORDS = 20
write = PostgresWriter.write

async def told(self, batch):
    await write(self, batch)
    print(len(batch.rows), flush=True)

PostgresWriter.write = told
asyncio.run(Shipper(Path(sys.argv[1]), parse_postgres(sys.argv[2])).run(asyncio.Event()))
"""


def test_a_shipper_that_is_killed_again_and_again_ships_everything_once(path: Path, database: str) -> None:
    write(path, [one for call in range(10) for one in whole_call(f"AJ_{call}", turns=40)])
    for batches in (1, 2, 5, 3):
        command = [sys.executable, "-c", KILLED, path, database]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            for _ in range(batches):
                assert child.stdout.readline() == b"20\n"
            child.kill()
    assert 0 < ship(path, database).progress.shipped < 840
    for call in range(10):
        assert read(database, f"AJ_{call}") == read(path, f"AJ_{call}") == whole_call(f"AJ_{call}", turns=40)


def test_a_shipper_that_is_killed_while_it_writes_ships_the_batch_again(
    path: Path, postgres: PostgresServer, database: str
) -> None:
    write(path, whole_call("AJ_1"))
    ship(path, database)
    write(path, whole_call("AJ_2"))
    name, command = database.rpartition("/")[2], [sys.executable, "-c", KILLED, path, database]
    with postgres.locked(name, "offhook.records"), subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        postgres.wait_for_a_lock(name)
        child.kill()
    assert ship(path, database).progress.shipped == len(whole_call("AJ_2"))
    assert read(database, "AJ_2") == whole_call("AJ_2")
