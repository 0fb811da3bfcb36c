"""The two agents that ship, each called once, from the greeting to the last word."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from offhook.evidence.transcript import transcript
from offhook.testing import Caller

pytestmark = pytest.mark.live

AGENTS = Path(__file__).parents[2] / "agents"
GREETING = "Hello, this is the front desk. How can I help?"
HOURS = "The front desk is open day and night. The restaurant is open from noon to ten in the evening."
FAREWELL = "Thank you for calling. Goodbye."


@pytest.fixture(params=["agent.py", "plain.py"])
def desk(
    request: pytest.FixtureRequest, worker_for: Callable[..., AbstractContextManager[Any]], tmp_path: Path
) -> Iterator[Any]:
    with worker_for(AGENTS / request.param, tmp_path / "journal.db", None, "--dev") as running:
        yield running


async def answered(caller: Caller, line: str, words: str) -> None:
    """Say something and wait until the answer is heard and read to its end."""
    await caller.quiet(for_=0.6)
    said = await caller.say(line)
    await caller.hears(since=said.ended_at)
    await caller.reads(words, timeout=15)


async def test_a_whole_call_with_an_agent_that_ships(desk: Any, room: str) -> None:
    async with desk.caller(room) as caller:
        await caller.reads(GREETING, timeout=20)
        await answered(caller, "what are your opening hours", HOURS)
        await answered(caller, "please start over", "How can")
        silent = await caller.quiet(for_=0.6)
        asked = await caller.hears(since=silent, timeout=12)
        assert asked.started_at - silent == pytest.approx(8.1, abs=0.6)
        await caller.reads("Are you still there?")
        await answered(caller, "thank you goodbye", FAREWELL)
        assert await caller.ended() == "ROOM_DELETED"
        read = [line.text for line in caller.transcript if line.who == "agent"]
    assert (await desk.over(room))["reason"] == "agent_ended"
    spoken = [line for line in transcript(desk.records(room)) if line.kind == "said"]
    assert [line.text for line in spoken if line.who == "agent"] == read
    assert read[0] == GREETING
    assert read[-1] == FAREWELL
    assert sum(line.who == "caller" for line in spoken) == 3
    assert {one["name"] for one in desk.bodies(room, "ToolStarted")} == {"reset_context", "end_call"}
    assert "away" in {one["state"] for one in desk.bodies(room, "CallerTurned")}
