"""Workers stopped or killed in mid-call: the caller hears a line, the room closes, the journal has the reason."""

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import psutil
import pytest

from offhook.control.api import connect
from offhook.control.dispatch import dispatch
from offhook.core.errors import DispatchError
from offhook.journal.reader import Reader, Summary

pytestmark = pytest.mark.live

DESK = Path(__file__).parent / "agents" / "worker_desk.py"
FAREWELL = "I have to end this call now"


@pytest.fixture
def desk(livekit: Any, worker_on: Callable[..., AbstractContextManager[Any]], tmp_path: Path) -> Iterator[Any]:
    with worker_on(DESK, livekit, tmp_path / "journal.db", "desk") as running:
        yield running


def offhook(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "offhook", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


def job_of(desk: Any) -> psutil.Process:
    """The job process of the latest call."""
    line = [one for one in desk.worker.lines if "picked up" in one][-1]
    return psutil.Process(json.loads(line)["pid"])


async def greeted(caller: Any) -> None:
    await caller.hears(since=caller.joined_at, timeout=20)
    await caller.quiet()


async def refused(desk: Any, room: str) -> None:
    """Wait until the worker accepts no more calls."""
    await asyncio.to_thread(desk.worker.wait_for, "draining worker", timeout=10)
    server = desk.server
    async with connect(url=server.url, key=server.api_key, secret=server.api_secret) as api:
        with pytest.raises(DispatchError, match="no worker took it"):
            await dispatch(api, room=f"{room}-late", agent="desk", timeout=1)


@pytest.mark.parametrize("send", [os.kill, os.killpg], ids=["to the worker", "to its process group"])
async def test_a_sigterm_refuses_new_calls_and_ends_the_running_one_with_a_sentence(
    desk: Any, room: str, send: Callable[[int, int], None]
) -> None:
    async with desk.caller(room) as caller:
        await greeted(caller)
        asked_at = time.monotonic()
        send(desk.worker.process.pid, signal.SIGTERM)
        await refused(desk, room)
        await caller.reads(FAREWELL, timeout=20)
        assert await caller.ended() == "ROOM_DELETED"
        assert caller.heard[-1].started_at - asked_at > 2, "the call did not go on while the worker drained"
    assert await asyncio.to_thread(desk.worker.process.wait, 20) == 0
    assert (await desk.over(room))["reason"] == "shutdown"


def calls_in(desk: Any, room: str) -> list[Summary]:
    """The calls of this room, oldest first."""
    with Reader(desk.journal) as reader:
        return [one for one in reversed(reader.calls()) if one.room == room]


async def test_a_killed_job_is_taken_over_once_by_an_agent_that_goes_on_with_the_last_turns(
    desk: Any, room: str
) -> None:
    async with desk.caller(room, metadata="Welcome.") as caller:
        await greeted(caller)
        killed_at = time.monotonic()
        job_of(desk).kill()
        await caller.reads("we were interrupted", timeout=10)
        assert caller.heard[-1].started_at - killed_at < 5
        await caller.quiet()
        job_of(desk).kill()
        killed_at = time.monotonic()
        assert await caller.ended(timeout=5) == "ROOM_DELETED"
        assert caller.ended_at - killed_at < 3
    first, second = calls_in(desk, room)
    assert [(one.reason, one.detail) for one in (first, second)] == [("error", "crashed: the job process died")] * 2
    with Reader(desk.journal) as reader:
        assert reader.records(second.call)[0].body["resumes"] == first.call
    shown = offhook("show", first.call, "--journal", desk.journal)
    assert (shown.returncode, "the job process died" in shown.stdout, "This is the desk." in shown.stdout) == (
        0,
        True,
        True,
    ), shown


async def test_the_job_of_a_killed_worker_hangs_up_itself_and_the_next_worker_records_the_end(
    desk: Any, room: str, worker_on: Callable[..., AbstractContextManager[Any]]
) -> None:
    async with desk.caller(room) as caller:
        await greeted(caller)
        await caller.reads("This is the desk")
        await desk.tells(room, "MessageCommitted", text="This is the desk.")
        killed_at = time.monotonic()
        desk.worker.process.kill()
        assert await caller.ended(timeout=5) == "ROOM_DELETED"
        assert caller.ended_at - killed_at < 3
        await asyncio.to_thread(desk.worker.process.wait, 5)
    shown = offhook("show", "last", "--journal", desk.journal)
    assert (shown.returncode, "This is the desk." in shown.stdout) == (0, True), shown
    with sqlite3.connect(f"file:{desk.journal}?mode=ro", uri=True) as file:
        assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    with worker_on(DESK, desk.server, desk.journal, "desk") as other:
        ended = await other.over(room)
        assert (ended["reason"], "the worker's main process died" in str(ended["detail"])) == ("error", True)
        async with other.caller(f"{room}-next") as caller:
            await greeted(caller)
            await caller.hang_up()
        assert (await other.over(f"{room}-next"))["reason"] == "caller_hung_up"
