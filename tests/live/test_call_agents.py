"""One whole call to each of the two shipped agents."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

import pytest

from offhook.dev.server import LocalServer
from offhook.reports.transcript import transcript
from offhook.testing import Caller

pytestmark = pytest.mark.live

AGENTS = Path(__file__).parents[2] / "agents"
GREETING = "Hello, this is the front desk. How can I help?"
HOURS = "The front desk is open day and night. The restaurant is open from noon to ten in the evening."
AGAIN = "Done. We start again. How can I help you?"
FAREWELL = "Thank you for calling. Goodbye."
LINES = [GREETING, HOURS, AGAIN, FAREWELL]
"""The agent's lines that do not depend on the offline recogniser. On a busy machine, it understands other words."""


async def answered(caller: Caller, line: str, words: str) -> None:
    """Type a line and wait for the answer in the transcript."""
    await caller.agent_is("listening", timeout=20)
    await caller.quiet(for_=0.6)
    await caller.type(line)
    await caller.reads(words, timeout=15)


async def whole_call(desk: Any, room: str) -> None:
    """Ask, speak, start over and say goodbye; the journal has every step."""
    async with desk.caller(room) as caller:
        await caller.reads(GREETING, timeout=20)
        await answered(caller, "what are your opening hours", HOURS)
        await caller.agent_is("listening", timeout=20)
        await caller.quiet(for_=0.6)
        said = await caller.say("what are your opening hours")
        await caller.hears(since=said.ended_at)
        await answered(caller, "please start over", AGAIN)
        await answered(caller, "thank you goodbye", FAREWELL)
        assert await caller.ended() == "ROOM_DELETED"
        read = [line.text for line in caller.transcript if line.who == "agent"]
    assert (await desk.over(room))["reason"] == "agent_ended"
    spoken = [line for line in transcript(desk.records(room)) if line.kind == "said"]
    journalled = [line.text for line in spoken if line.who == "agent"]
    for lines in (read, journalled):
        assert list(dict.fromkeys(line for line in lines if line in LINES)) == LINES
    assert sum(line.who == "caller" for line in spoken) >= 4
    assert {one["name"] for one in desk.bodies(room, "ToolStarted")} == {"reset_context", "end_call"}


async def test_the_agents_that_ship_answer_use_tools_and_say_goodbye(
    livekit: LocalServer, worker_on: Callable[..., AbstractContextManager[Any]], room: str, tmp_path: Path
) -> None:
    with ExitStack() as running:
        desks = [
            running.enter_context(worker_on(AGENTS / f"{name}.py", livekit, tmp_path / f"{name}.db", name, "--dev"))
            for name in ("agent", "plain")
        ]
        await asyncio.gather(*(whole_call(desk, f"{room}-{desk.agent}") for desk in desks))
        printed = "\n".join(line for desk in desks for line in desk.worker.lines).lower()
        assert "is deprecated" not in printed
        assert "deprecationwarning" not in printed
