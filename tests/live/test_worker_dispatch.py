"""Dispatch of agents: by name, automatic, and from the command line."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.live

ROOT = Path(__file__).parents[2]
DESK = Path(__file__).parent / "agents" / "worker_desk.py"
WorkerOn = Callable[..., AbstractContextManager[Any]]


@pytest.fixture(scope="module")
def desk(livekit: Any, worker_on: WorkerOn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with worker_on(DESK, livekit, tmp_path_factory.mktemp("desk") / "journal.db", "desk") as running:
        yield running


async def sent(livekit: Any, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `offhook dispatch`."""
    command = [sys.executable, "-m", "offhook", "dispatch", *arguments]
    environ = {**os.environ, **livekit.variables()}
    run = asyncio.to_thread(
        subprocess.run, command, env=environ, capture_output=True, text=True, timeout=40, check=False
    )
    return await run


async def test_dispatch_sends_the_agent_with_its_metadata_and_says_when_it_is_there(
    desk: Any, livekit: Any, room: str
) -> None:
    ended = await sent(livekit, room, "--agent", "desk", "--metadata", "Welcome back, Ada.")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert f"is in room {room} after " in ended.stdout
    async with desk.other(room, "caller") as caller:
        await caller.reads("This is the desk. Welcome back, Ada.")


async def test_dispatch_speaks_json(desk: Any, livekit: Any, room: str) -> None:
    told = json.loads((await sent(livekit, room, "--agent", "desk", "--json")).stdout)
    assert (told["room"], told["agent"], told["identity"].startswith("agent-")) == (room, "desk", True)
    assert told["after_seconds"] < 10


async def test_dispatch_says_that_nobody_took_the_call_and_why_that_may_be(desk: Any, livekit: Any, room: str) -> None:
    ended = await sent(livekit, room, "--agent", "dsek", "--timeout", "2")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith(f"offhook: no agent 'dsek' was in room '{room}' after 2 s, and no worker took it")
    assert "is its agent_name exactly 'dsek'" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


async def test_an_agent_with_a_name_comes_only_when_it_is_sent_for(desk: Any, room: str) -> None:
    async with desk.other(room, "caller") as alone, desk.caller(f"{room}-asked") as asked:
        await asked.reads("This is the desk.")
        await asked.quiet()
        assert alone.heard == []


async def test_livekits_own_start_finds_the_server_and_its_agent_comes_to_every_room(
    livekit: Any, worker_on: WorkerOn, tmp_path: Path, room: str
) -> None:
    with worker_on(ROOT / "agents" / "plain.py", livekit, tmp_path / "journal.db", "", "--dev") as running:
        async with running.caller(room) as caller:
            await caller.reads("this is the front desk", timeout=20)
