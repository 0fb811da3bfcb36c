"""`dev`: edits apply to the next call, syntax errors are reported on save, and Ctrl-C leaves no process behind."""

import asyncio
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from dotenv import dotenv_values

from offhook.control.api import connect
from offhook.core.errors import JournalError
from offhook.dev.spawn import kill_group
from offhook.journal.reader import Reader, Summary
from offhook.testing import Caller
from offhook.testing.live.worker import Worker

pytestmark = pytest.mark.live

CODE = """
from livekit.agents import Agent
from offhook import Call, Plan, run, serve
from offhook.models.offline.rules import RuleLLM, RuleSet

def plan(call: Call) -> Plan:
    brain = RuleLLM(RuleSet(rules=(), opening="", unknown="This is {0} code."))
    session = {{"llm": brain, "session_close_transcript_timeout": 0.1}}
    return Plan(agent=Agent(instructions="You are short."), greeting="Hello from {0} code.", session=session)

server = serve(plan)

if __name__ == "__main__":
    run(server)
"""
FAREWELL = "I have to end this call now"


@dataclass
class Dev:
    """A running `dev`, its agent file, and the address of its server."""

    worker: Worker
    file: Path
    server: dict[str, str]

    def caller(self) -> Caller:
        url, key, secret = (self.server[f"LIVEKIT_{name}"] for name in ("URL", "API_KEY", "API_SECRET"))
        return Caller(url=url, api_key=key, api_secret=secret, room=f"dev-{uuid.uuid4().hex[:8]}")

    async def says(self, text: str) -> str:
        return await asyncio.to_thread(self.worker.wait_for, text, timeout=20)

    def calls(self) -> list[Summary]:
        with suppress(JournalError), Reader(self.file.parent / ".offhook" / "journal.db") as reader:
            return reader.calls()
        return []

    def family(self) -> list[psutil.Process]:
        """This process and all its descendants."""
        parent = psutil.Process(self.worker.process.pid)
        return [parent, *parent.children(recursive=True)]


@pytest.fixture
def developing(livekit_binary: Path, tmp_path: Path) -> Callable[..., Any]:
    """Runs `dev` on the test's own agent file, as in a terminal."""

    @contextmanager
    def run(*command: str, **environ: str) -> Iterator[Dev]:
        file = tmp_path / "desk.py"
        file.write_text(CODE.format("old"))
        plain = {name: value for name, value in os.environ.items() if not name.startswith(("OFFHOOK_", "LIVEKIT_"))}
        ours = {"OFFHOOK_LIVEKIT_SERVER": str(livekit_binary), "OFFHOOK_PRESET": "offline", "PYTHONUNBUFFERED": "1"}
        process = subprocess.Popen(
            [sys.executable, *(command or ("-m", "offhook", "dev", "desk.py"))],
            cwd=tmp_path,
            env={**plain, **ours, **environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            worker = Worker(process)
            worker.wait_for("Ready.")
            told = {name: value or "" for name, value in dotenv_values(tmp_path / ".offhook" / "livekit.env").items()}
            yield Dev(worker, file, {**told, **environ})
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
            kill_group(process)
            process.wait()

    return run


async def test_an_edit_counts_from_the_next_call_on_and_a_running_call_keeps_its_code(
    developing: Callable[..., Any],
) -> None:
    with developing() as dev:
        async with dev.caller() as first:
            await first.reads("Hello from old code.", timeout=20)
            dev.file.write_text(CODE.format("new"))
            await dev.says("desk.py changed: the next call uses it")
            async with dev.caller() as second:
                await second.reads("Hello from new code.", timeout=20)
                await first.type("who are you")
                await second.type("who are you")
                await first.reads("This is old code.")
                await second.reads("This is new code.")


async def test_broken_code_is_told_at_once_and_its_caller_hears_an_apology(developing: Callable[..., Any]) -> None:
    with developing() as dev:
        saved_at = time.monotonic()
        dev.file.write_text(CODE.format("new").replace("-> Plan:", "-> Plan"))
        line = await dev.says("the next call will fail until this is fixed")
        assert time.monotonic() - saved_at < 3
        assert "desk.py line 6: SyntaxError: expected ':'" in line
        async with dev.caller() as caller:
            await caller.hears(since=caller.joined_at, timeout=20)
            assert await caller.ended(timeout=15) == "ROOM_DELETED"
            assert caller.heard[0].ended_at - caller.heard[0].started_at > 1, "that was no sentence"
        dev.file.write_text(CODE.format("mended"))
        await dev.says("desk.py changed: the next call uses it")
        async with dev.caller() as caller:
            await caller.reads("Hello from mended code.", timeout=20)
        assert [call.reason for call in dev.calls()][-1] == "error"


async def test_ctrl_c_says_goodbye_at_once_leaves_no_process_and_a_second_start_takes_seconds(
    developing: Callable[..., Any],
) -> None:
    with developing() as dev:
        async with dev.caller() as caller:
            await caller.hears(since=caller.joined_at, timeout=20)
            await caller.quiet()
            family = dev.family()
            pressed_at = time.monotonic()
            dev.worker.process.send_signal(signal.SIGINT)
            farewell = await caller.hears(since=pressed_at, timeout=5)
            assert farewell.started_at - pressed_at < 3
            await caller.reads(FAREWELL)
            assert await caller.ended() == "ROOM_DELETED"
        assert await asyncio.to_thread(dev.worker.process.wait, 20) == 0
        _, alive = await asyncio.to_thread(psutil.wait_procs, family, 3)
        assert [process for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []
        assert [call.reason for call in dev.calls()] == ["shutdown"]
    started_at = time.monotonic()
    with developing():
        assert time.monotonic() - started_at < 30


async def test_the_files_own_dev_leaves_no_open_room_on_a_server_that_runs_on(
    developing: Callable[..., Any], livekit: Any
) -> None:
    with developing("desk.py", "dev", **livekit.variables()) as dev:
        async with dev.caller() as caller:
            await caller.hears(since=caller.joined_at, timeout=20)
            dev.worker.process.send_signal(signal.SIGINT)
            assert await caller.ended() == "ROOM_DELETED"
        assert await asyncio.to_thread(dev.worker.process.wait, 20) == 0
        url, key, secret = livekit.variables().values()
        async with connect(url=url, key=key, secret=secret) as api:
            assert caller.room not in [room.name for room in await api.list_rooms()]
        assert not [line for line in dev.worker.lines if "deprecat" in line.lower() or "Traceback" in line]


async def test_a_second_ctrl_c_ends_everything_at_once(developing: Callable[..., Any]) -> None:
    with developing() as dev:
        async with dev.caller() as caller:
            await caller.hears(since=caller.joined_at, timeout=20)
            family = dev.family()
            dev.worker.process.send_signal(signal.SIGINT)
            await dev.says("press Ctrl-C again to force the stop")
            dev.worker.process.send_signal(signal.SIGINT)
            assert await asyncio.to_thread(dev.worker.process.wait, 5) == 1
        _, alive = await asyncio.to_thread(psutil.wait_procs, family, 3)
        assert [process for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []
