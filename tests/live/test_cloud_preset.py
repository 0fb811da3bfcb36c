"""Calls on a real server with the real plugins and the provider sandbox."""

import asyncio
import shlex
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from offhook.dev.server import LocalServer
from offhook.testing.sandbox import Offline, PocketSphinxStt, Sandbox

pytestmark = pytest.mark.live

AGENT = Path(__file__).parents[2] / "agents" / "agent.py"
GREETING = "Hello, this is the front desk. How can I help?"
HOURS = "The front desk is open day and night. The restaurant is open from noon to ten in the evening."
FAREWELL = "Thank you for calling. Goodbye."

WorkerOn = Callable[..., AbstractContextManager[Any]]


async def whole_call(desk: Any, room: str, *, question: bool = True) -> None:
    """A whole call: greeting, question, goodbye and hang-up; all lines are heard and transcribed."""
    async with desk.caller(room) as caller:
        await caller.hears(since=caller.joined_at, timeout=30)
        await caller.reads(GREETING, timeout=20)
        await caller.quiet(for_=0.6)
        if question:
            said = await caller.say("what are your opening hours")
            await caller.hears(since=said.ended_at, timeout=15)
            await caller.reads(HOURS, timeout=20)
            await caller.quiet(for_=0.6)
        said = await caller.say("thank you goodbye")
        await caller.hears(since=said.ended_at, timeout=15)
        await caller.reads(FAREWELL, timeout=15)
        assert await caller.ended() == "ROOM_DELETED"
    assert (await desk.over(room))["reason"] == "agent_ended"
    assert [one["name"] for one in desk.bodies(room, "ToolStarted")] == ["end_call"]


@pytest.mark.exact
async def test_the_cloud_preset_takes_a_whole_spoken_call(
    livekit: LocalServer, worker_on: WorkerOn, room: str, tmp_path: Path
) -> None:
    ears = PocketSphinxStt("what are your opening hours", "thank you goodbye")
    async with Sandbox(stt=ears, tts=Offline()) as sandbox:
        with worker_on(AGENT, livekit, tmp_path / "journal.db", "cloud", "--dev", **sandbox.environ()) as desk:
            await whole_call(desk, room)
    assert [one.query["model"] for one in sandbox.asked("deepgram") if one.how == "connect"] == ["nova-3"]
    asked = [one.body["messages"][-1] for one in sandbox.asked("openai", "/v1/chat/completions")]
    assert [one["content"] for one in asked if one["role"] == "user"][-1] == "thank you goodbye"
    spoken = [one.body["transcript"].strip() for one in sandbox.asked("cartesia") if one.how == "message"]
    assert next(text for text in spoken if text).startswith("Hello, this is the front desk.")


@asynccontextmanager
async def command(*options: str) -> AsyncIterator[dict[str, str]]:
    """`offhook sandbox` in a separate process, and the variables that it prints."""
    started = [sys.executable, "-m", "offhook", "sandbox", *options]
    process = await asyncio.create_subprocess_exec(*started, stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        environ = dict[str, str]()
        while "OFFHOOK_LLM" not in environ:
            line = (await asyncio.wait_for(process.stdout.readline(), 30)).decode()
            export, (name, _, value) = line.split()[0], shlex.split(line)[1].partition("=")
            assert export == "export"
            environ[name] = value
        yield environ
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 10) == 0
    finally:
        if process.returncode is None:
            process.kill()


async def test_the_local_preset_takes_a_whole_spoken_call_from_the_sandbox_command(
    livekit: LocalServer, worker_on: WorkerOn, room: str, tmp_path: Path
) -> None:
    async with command("--preset", "local", "--tone", "--hear", "Thank you, goodbye.") as environ:
        with worker_on(AGENT, livekit, tmp_path / "journal.db", "local", "--dev", **environ) as desk:
            await whole_call(desk, room, question=False)
