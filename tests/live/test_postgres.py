"""A call goes on while the database is gone, and arrives there whole and once after the worker was killed."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from tests.postgres_server import PASSWORD, PostgresServer

from offhook.core.postgres_address import parse_postgres
from offhook.core.record import Record
from offhook.journal.place import JournalPlace, open_calls

pytestmark = pytest.mark.live

DESK = Path(__file__).parent / "agents" / "worker_desk.py"
WorkerOn = Callable[..., AbstractContextManager[Any]]


def every_record(place: JournalPlace) -> list[Record]:
    with open_calls(place) as reader:
        return [record for call in reader.calls() for record in reader.records(call.call)]


async def test_a_call_of_a_killed_worker_is_in_the_database_whole_and_once(
    livekit: Any, worker_on: WorkerOn, tmp_path: Path, room: str, postgres: PostgresServer, database: str
) -> None:
    journal = tmp_path / "journal.db"
    with worker_on(DESK, livekit, journal, "desk", OFFHOOK_POSTGRES=database) as desk:
        async with desk.caller(room) as caller:
            await caller.hears(since=caller.joined_at, timeout=20)
            await asyncio.to_thread(postgres.stop)
            await caller.quiet()
            await caller.type("what time is it")
            await caller.hears()
            await asyncio.to_thread(desk.worker.wait_for, "records wait in the journal", timeout=20)
            desk.worker.process.kill()
            assert await caller.ended(timeout=20) == "ROOM_DELETED"
    postgres.start()
    with worker_on(DESK, livekit, journal, "desk", OFFHOOK_POSTGRES=database) as again:
        assert (await again.over(room))["reason"] == "error"
        assert await asyncio.to_thread(again.worker.stop) == 0
    stored, shipped = every_record(journal), await asyncio.to_thread(every_record, parse_postgres(database))
    assert {"MessageCommitted", "Ended"} <= {record.name for record in stored}
    assert shipped == stored
    assert PASSWORD not in "\n".join(desk.worker.lines + again.worker.lines)
