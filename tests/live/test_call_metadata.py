"""A call works with any dispatch metadata, and the journal has the metadata errors."""

import asyncio
from typing import Any

import pytest

pytestmark = [pytest.mark.live, pytest.mark.exact]

UNREAD = {
    "": [],
    "x" * 100_000: ["metadata of 100000 bytes is too long and was not parsed; send at most 65536 bytes"],
    "\u0001\ufffd{]": ["metadata is not JSON (JSONDecodeError); call.metadata has the original text"],
    '["a", "list"]': ["metadata is a JSON list, not an object; call.metadata has the original text"],
    "[" * 5000: ["metadata is not JSON (RecursionError); call.metadata has the original text"],
}


async def warnings(stage: Any, room: str, metadata: str) -> list[object]:
    """The problems in the journal of a call that was answered normally."""
    async with stage.caller(room, metadata=metadata) as caller:
        await caller.hears(since=caller.joined_at, timeout=20)
        await caller.type("hello")
        await stage.tells(room, "MessageCommitted", role="assistant", text="I hear you.")
        await caller.hang_up()
    assert (await stage.over(room))["reason"] == "caller_hung_up"
    return [one["text"] for one in stage.bodies(room, "Warned")]


async def test_a_call_works_whatever_its_metadata(stage: Any, room: str) -> None:
    calls = [warnings(stage, f"{room}-{number}", metadata) for number, metadata in enumerate(UNREAD)]
    assert await asyncio.gather(*calls) == list(UNREAD.values())
