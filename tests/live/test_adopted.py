"""A file with `WorkerOptions` that was written for LiveKit alone is adopted, and ends a real call."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from offhook.cli.adoption.adopt import adopted
from offhook.dev.server import LocalServer

pytestmark = pytest.mark.live

FILE = """import offhook
from livekit.agents import Agent, AgentSession, JobContext, WorkerOptions, cli


async def entrypoint(ctx: JobContext) -> None:
    await ctx.connect()
    session = AgentSession(**offhook.choose(offhook.load_settings()).session)
    await session.start(agent=Agent(instructions="You are the front desk."), room=ctx.room)
    await session.say("Hello.")


if __name__ == "__main__":
    cli.run_app(WorkerOptions(entrypoint_fnc=entrypoint))
"""


async def test_a_silent_caller_is_asked_and_let_go(
    livekit: LocalServer, worker_on: Callable[..., AbstractContextManager[Any]], room: str, tmp_path: Path
) -> None:
    file = tmp_path / "adopted.py"
    file.write_text(FILE)
    file.write_text(adopted(file).decode().replace("after=10", "after=1"))
    with worker_on(file, livekit, tmp_path / "adopted.db", "adopted", "--dev") as desk:
        async with desk.caller(room) as caller:
            await caller.reads("Hello.", timeout=20)
            await caller.reads("I will hang up now. Goodbye.", timeout=20)
            assert await caller.ended() == "ROOM_DELETED"
        assert (await desk.over(room))["reason"] == "silence"
    assert desk.said(room) == ["Hello.", "Are you still there?", "I will hang up now. Goodbye."]
