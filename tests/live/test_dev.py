"""`dev`: edits apply to the next call, syntax errors are reported on save, and Ctrl-C leaves no process behind."""

import asyncio
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from dotenv import dotenv_values

from offhook.control.api import connect
from offhook.dev.server import LocalServer
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
CHANGED = "desk.py changed: the next call uses it"
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

    async def saves(self, code: str, *, says: str) -> str:
        """Save this code; returns what `dev` says about it."""
        before = len(self.worker.lines)
        self.file.write_text(code)
        async with asyncio.timeout(20):
            while not (found := [line for line in self.worker.lines[before:] if says in line]):  # noqa: ASYNC110  # lines come from a thread
                await asyncio.sleep(0.05)
        return found[0]

    def ended(self, room: str) -> Summary:
        """The call of this room in the journal."""
        with Reader(self.file.parent / ".offhook" / "journal.db") as reader:
            return next(call for call in reader.calls() if call.room == room)

    def family(self) -> list[psutil.Process]:
        """This process and all its descendants."""
        parent = psutil.Process(self.worker.process.pid)
        return [parent, *parent.children(recursive=True)]


@contextmanager
def running_dev(folder: Path, binary: Path, *command: str, **environ: str) -> Iterator[Dev]:
    """Run `dev` on an agent file in this folder, as in a terminal."""
    file = folder / "desk.py"
    file.write_text(CODE.format("old"))
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("OFFHOOK_", "LIVEKIT_"))}
    ours = {"OFFHOOK_LIVEKIT_SERVER": str(binary), "OFFHOOK_PRESET": "offline", "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [sys.executable, *(command or ("-m", "offhook", "dev", "desk.py"))],
        cwd=folder,
        env={**plain, **ours, **environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        worker = Worker(process)
        worker.wait_for("Ready.")
        told = {name: value or "" for name, value in dotenv_values(folder / ".offhook" / "livekit.env").items()}
        yield Dev(worker, file, {**told, **environ})
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        kill_group(process)
        process.wait()


class Devs:
    """Runs of `dev` in one folder, one after another: the next starts when the last has ended."""

    def __init__(self, start: Callable[[], Dev]) -> None:
        self._start = start
        self._running: Dev | None = None

    def running(self) -> Dev:
        if self._running is None or self._running.worker.process.poll() is not None:
            self._running = self._start()
        return self._running


@pytest.fixture(scope="module")
def devs(livekit_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Devs]:
    folder = tmp_path_factory.mktemp("dev")
    with ExitStack() as stack:
        yield Devs(lambda: stack.enter_context(running_dev(folder, livekit_binary)))


@pytest.fixture
def dev(devs: Devs) -> Dev:
    return devs.running()


async def test_an_edit_counts_from_the_next_call_on_and_a_running_call_keeps_its_code(dev: Dev) -> None:
    async with dev.caller() as first:
        await first.reads("Hello from old code.", timeout=20)
        await dev.saves(CODE.format("new"), says=CHANGED)
        async with dev.caller() as second:
            await second.reads("Hello from new code.", timeout=20)
            await first.type("who are you")
            await second.type("who are you")
            await first.reads("This is old code.")
            await second.reads("This is new code.")


async def test_broken_code_is_told_at_once_and_its_caller_hears_an_apology(dev: Dev) -> None:
    saved_at = time.monotonic()
    broken = CODE.format("new").replace("-> Plan:", "-> Plan")
    line = await dev.saves(broken, says="the next call will fail until this is fixed")
    assert time.monotonic() - saved_at < 3
    assert "desk.py line 6: SyntaxError: expected ':'" in line
    async with dev.caller() as caller:
        await caller.hears(since=caller.joined_at, timeout=20)
        assert await caller.ended(timeout=15) == "ROOM_DELETED"
        assert caller.heard[0].ended_at - caller.heard[0].started_at > 1, "that was no sentence"
    await dev.saves(CODE.format("mended"), says=CHANGED)
    async with dev.caller() as mended:
        await mended.reads("Hello from mended code.", timeout=20)
    assert "SyntaxError" in dev.ended(caller.room).detail


async def test_ctrl_c_says_goodbye_at_once_leaves_no_process_and_a_second_start_takes_seconds(
    devs: Devs, dev: Dev
) -> None:
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
    await nobody_is_left(family)
    assert dev.ended(caller.room).reason == "shutdown"
    started_at = time.monotonic()
    devs.running()
    assert time.monotonic() - started_at < 30


async def test_a_second_ctrl_c_ends_everything_at_once(dev: Dev) -> None:
    async with dev.caller() as caller:
        await caller.hears(since=caller.joined_at, timeout=20)
        family = dev.family()
        dev.worker.process.send_signal(signal.SIGINT)
        await asyncio.to_thread(dev.worker.wait_for, "press Ctrl-C again to force the stop", timeout=20)
        dev.worker.process.send_signal(signal.SIGINT)
        assert await asyncio.to_thread(dev.worker.process.wait, 5) == 1
    await nobody_is_left(family)


async def nobody_is_left(family: list[psutil.Process]) -> None:
    _, alive = await asyncio.to_thread(psutil.wait_procs, family, 3)
    assert [process for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []


async def test_the_files_own_dev_leaves_no_open_room_on_a_server_that_runs_on(
    tmp_path: Path, livekit_binary: Path, livekit: LocalServer
) -> None:
    with running_dev(tmp_path, livekit_binary, "desk.py", "dev", **livekit.variables()) as dev:
        async with dev.caller() as caller:
            await caller.hears(since=caller.joined_at, timeout=20)
            dev.worker.process.send_signal(signal.SIGINT)
            assert await caller.ended() == "ROOM_DELETED"
        assert await asyncio.to_thread(dev.worker.process.wait, 20) == 0
        async with connect(url=livekit.url, key=livekit.api_key, secret=livekit.api_secret) as api:
            assert caller.room not in [room.name for room in await api.list_rooms()]
        assert not [line for line in dev.worker.lines if "deprecat" in line.lower() or "Traceback" in line]
