"""A job process whose parent is killed closes its room with requests of its own, without an event loop."""

import asyncio
import multiprocessing
import os
import signal
import sqlite3
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.unit.worker.lost import LOST, TALKING, FakeServer, agent, person, records, settings_for, until

from offhook.call.process_guard import ProcessGuard, hang_up_lost
from offhook.core.decisions import HangUp
from offhook.core.ending import Ending, Scope
from offhook.core.facts import HangUpDone, Planned
from offhook.journal.writer import Journal
from offhook.settings import Settings

pytestmark = pytest.mark.slow

SPAWN = multiprocessing.get_context("spawn")
ANNA, BOB = person("anna"), person("bob")


def job(settings: Settings) -> None:
    """What LiveKit's job process does, with an event loop that hangs."""

    async def run() -> None:
        described = SimpleNamespace(id="AJ_1", room=SimpleNamespace(name="room-1"), agent_name="desk")
        ctx: Any = SimpleNamespace(job=described, is_fake_job=lambda: False)
        ProcessGuard(ctx, settings, over=lambda: False, post=lambda _: None)
        time.sleep(30)  # noqa: ASYNC251  # the loop is to be blocked

    signal.alarm(60)
    asyncio.run(run())


def worker(settings: Settings, pids: Any) -> None:
    child = multiprocessing.get_context("fork").Process(target=job, args=(settings,))
    child.start()
    pids.put(child.pid)
    child.join()


async def test_a_job_whose_worker_is_killed_closes_its_room_although_its_loop_hangs(tmp_path: Path) -> None:
    async with FakeServer([ANNA, agent()]).running() as server:
        pids = SPAWN.Queue()
        parent = SPAWN.Process(target=worker, args=(settings_for(server.url, journal=tmp_path / "j.db"), pids))
        parent.start()
        child = await asyncio.to_thread(pids.get, True, 90)
        try:
            await until((tmp_path / "j.db-running").exists)
            await asyncio.sleep(0)
            assert server.asked == []
            parent.kill()
            await until(lambda: "DeleteRoom" in server.changes)
        finally:
            os.kill(child, signal.SIGKILL)


async def hung_up(tmp_path: Path, people: list[Any], *values: Any) -> tuple[list[str], list[Scope]]:
    journal = Journal.open(tmp_path / "journal.db")
    for record in records(*values, began=time.time() - 60):
        journal.append(record)
    await journal.flushed()
    journal.close()
    scopes = list[Scope]()
    async with FakeServer(people).running() as server:
        settings = settings_for(server.url, journal=tmp_path / "journal.db")
        await asyncio.to_thread(hang_up_lost, settings, LOST, decided=scopes.append)
    return server.changes, scopes


AGENT_LEAVES = (*TALKING[:3], Planned(ending=Ending(scope="agent")))
CALLER_LEAVES = (*TALKING[:3], Planned(ending=Ending(scope="caller")))


@pytest.mark.parametrize(
    ("people", "values", "changes", "scopes"),
    [
        ([ANNA, agent()], TALKING, ["DeleteRoom"], ["room"]),
        ([ANNA], TALKING, ["DeleteRoom"], ["room"]),
        ([ANNA, BOB, agent()], CALLER_LEAVES, ["RemoveParticipant"], ["caller"]),
        ([ANNA, BOB, agent()], AGENT_LEAVES, [], ["agent"]),
        ([ANNA, agent()], AGENT_LEAVES, ["DeleteRoom"], ["room"]),
        ([ANNA, agent()], (*TALKING, HangUp("silence", "room")), ["DeleteRoom"], []),
        ([ANNA, BOB], (*TALKING, HangUp("agent_ended", "agent"), HangUpDone("agent")), [], []),
        ([], TALKING, [], ["agent"]),
    ],
)
async def test_what_the_journal_says_is_closed(
    tmp_path: Path, people: list[Any], values: Any, changes: list[str], scopes: list[Scope]
) -> None:
    assert await hung_up(tmp_path, list(people), *values) == (changes, scopes)


async def test_a_server_that_refuses_raises_so_that_it_is_tried_again(tmp_path: Path) -> None:
    async with FakeServer([ANNA], down=True).running() as server:
        settings = settings_for(server.url, journal=tmp_path / "journal.db")
        with pytest.raises(OSError, match="503"):
            await asyncio.to_thread(hang_up_lost, settings, LOST, decided=print)


async def test_a_damaged_journal_closes_the_room_all_the_same(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "journal.db") as file:
        file.execute("CREATE TABLE other (x)")
    async with FakeServer([ANNA, agent()]).running() as server:
        settings = settings_for(server.url, journal=tmp_path / "journal.db")
        await asyncio.to_thread(hang_up_lost, settings, LOST, decided=lambda _: None)
        assert server.changes == ["DeleteRoom"]
