"""Workers stopped or killed in mid-call: the caller hears a line, the room closes, the journal has the reason."""

import asyncio
import json
import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.live.in_process import offhook

from offhook.control.api import connect
from offhook.control.dispatch import dispatch
from offhook.core.errors import DispatchError
from offhook.journal.reader import Reader, Summary

pytestmark = pytest.mark.live

DESK = Path(__file__).parent / "agents" / "worker_desk.py"
FAREWELL = "I have to end this call now"


class Desks:
    """Workers with one journal, one after another: the next starts when the last has ended."""

    def __init__(self, start: Callable[[], Any]) -> None:
        self._start = start
        self._running: Any = None

    def running(self) -> Any:
        if self._running is None or self._running.worker.process.poll() is not None:
            self._running = self._start()
        return self._running


@pytest.fixture(scope="module")
def desks(
    livekit: Any, worker_on: Callable[..., AbstractContextManager[Any]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desks]:
    journal = tmp_path_factory.mktemp("ends") / "journal.db"
    with ExitStack() as stack:
        yield Desks(lambda: stack.enter_context(worker_on(DESK, livekit, journal, "ends")))


@pytest.fixture
def desk(desks: Desks) -> Any:
    return desks.running()


def job_of(desk: Any) -> psutil.Process:
    """The job process of the latest call."""
    line = [one for one in desk.worker.lines if "picked up" in one][-1]
    return psutil.Process(json.loads(line)["pid"])


async def greeted(caller: Any) -> None:
    await caller.hears(since=caller.joined_at, timeout=20)
    await caller.quiet()


def calls_in(desk: Any, room: str) -> list[Summary]:
    """The calls of this room, oldest first."""
    with Reader(desk.journal) as reader:
        return [one for one in reversed(reader.calls()) if one.room == room]


async def test_a_killed_job_is_taken_over_once_by_an_agent_that_goes_on_with_the_last_turns(
    desk: Any, room: str, tmp_path: Path
) -> None:
    async with desk.caller(room, metadata="Welcome.") as caller:
        await greeted(caller)
        job_of(desk).kill()
        await caller.reads("we were interrupted", timeout=20)
        await caller.quiet()
        job_of(desk).kill()
        assert await caller.ended(timeout=20) == "ROOM_DELETED"
    first, second = calls_in(desk, room)
    assert [(one.reason, one.detail) for one in (first, second)] == [("error", "crashed: the job process died")] * 2
    with Reader(desk.journal) as reader:
        assert reader.records(second.call)[0].body["resumes"] == first.call
    shown = await offhook("show", first.call, "--journal", desk.journal, folder=tmp_path, environ={})
    assert (shown.code, "the job process died" in shown.out, "This is the desk." in shown.out) == (0, True, True), shown


async def test_the_job_of_a_killed_worker_hangs_up_itself_and_the_next_worker_records_the_end(
    desks: Desks, desk: Any, room: str, tmp_path: Path
) -> None:
    async with desk.caller(room) as caller:
        await greeted(caller)
        await caller.reads("This is the desk")
        await desk.tells(room, "MessageCommitted", text="This is the desk.")
        desk.worker.process.kill()
        assert await caller.ended(timeout=20) == "ROOM_DELETED"
        await asyncio.to_thread(desk.worker.process.wait, 5)
    shown = await offhook("show", "last", "--journal", desk.journal, folder=tmp_path, environ={})
    assert (shown.code, "This is the desk." in shown.out) == (0, True), shown
    with sqlite3.connect(f"file:{desk.journal}?mode=ro", uri=True) as file:
        assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    other = desks.running()
    ended = await other.over(room)
    assert (ended["reason"], "the worker's main process died" in str(ended["detail"])) == ("error", True)


async def refused(desk: Any, room: str) -> None:
    """Wait until the worker accepts no more calls."""
    await asyncio.to_thread(desk.worker.wait_for, "draining worker", timeout=10)
    server = desk.server
    async with connect(url=server.url, key=server.api_key, secret=server.api_secret) as api:
        with pytest.raises(DispatchError, match="no worker took the dispatch"):
            await dispatch(api, room=f"{room}-late", agent="ends", timeout=1)


async def test_a_sigterm_to_all_its_processes_refuses_new_calls_and_ends_the_running_one_with_a_sentence(
    desk: Any, room: str
) -> None:
    async with desk.caller(room) as caller:
        await greeted(caller)
        asked_at = time.monotonic()
        os.killpg(desk.worker.process.pid, signal.SIGTERM)
        await refused(desk, room)
        await caller.reads(FAREWELL, timeout=20)
        assert await caller.ended() == "ROOM_DELETED"
        assert caller.heard[-1].started_at - asked_at > 2, "the call did not go on while the worker drained"
    assert await asyncio.to_thread(desk.worker.process.wait, 20) == 0
    assert (await desk.over(room))["reason"] == "shutdown"
