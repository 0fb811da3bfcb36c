"""Whatever a dispatch carries, the call works, and says what it could not read."""

import asyncio
from typing import Any

import pytest

pytestmark = [pytest.mark.live, pytest.mark.exact]

UNREAD = {
    "": [],
    "x" * 100_000: ["metadata of 100000 bytes is not read; send at most 65536"],
    "\u0001\ufffd{]": ["metadata is not JSON (JSONDecodeError); it is in call.metadata as it came"],
    '["a", "list"]': ["metadata is a JSON list, not an object; it is in call.metadata as it came"],
    "[" * 5000: ["metadata is not JSON (RecursionError); it is in call.metadata as it came"],
}


async def warnings(stage: Any, room: str, metadata: str) -> list[object]:
    """What the journal complains of after a call that was answered all the same."""
    async with stage.caller(room, metadata=metadata) as caller:
        await caller.hears(since=caller.joined_at, timeout=20)
        await caller.type("hello")
        await stage.tells(room, "Said", role="assistant", text="I hear you.")
        await caller.hang_up()
    assert (await stage.over(room))["reason"] == "caller_hung_up"
    return [one["text"] for one in stage.bodies(room, "Warned")]


async def test_a_call_works_whatever_its_metadata(stage: Any, room: str) -> None:
    calls = [warnings(stage, f"{room}-{number}", metadata) for number, metadata in enumerate(UNREAD)]
    assert await asyncio.gather(*calls) == list(UNREAD.values())
