"""Webhooks of real calls: a receiver hears of every call in order, also if the job process is killed."""

import asyncio
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.unit.webhooks.receiving import SECRET, Received, receiving

pytestmark = pytest.mark.live

AGENT = Path(__file__).parent / "agents" / "worker_desk.py"


def _bytes(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.glob("journal.db*"))


async def _ended(desk: Any, received: Received, room: str) -> None:
    async with desk.caller(room) as caller:
        await caller.hears(since=caller.joined_at, timeout=20)
        await caller.quiet()
        await caller.type("my card number is four one one one one one one one one one one one one one one one")
        await caller.hears()
        await caller.quiet()
        await caller.type("thank you goodbye")
        assert await caller.ended(timeout=20) == "ROOM_DELETED"
    told = await received.events_of(room, last="call.transcript")
    assert [one["type"] for one in told] == ["call.started", "call.ended", "call.transcript"]
    assert told[1]["data"]["reason"] == "agent_ended"
    lines = [line["text"] for line in told[2]["data"]["lines"] if line["who"] == "caller"]
    assert "my card number is [card]" in lines


async def _killed(desk: Any, received: Received, room: str) -> None:
    async with desk.caller(room) as caller:
        await caller.hears(since=caller.joined_at, timeout=20)
        await caller.quiet()
        call = desk.records(room)[0].call
        line = next(one for one in desk.worker.lines if "picked up" in one and call in one)
        psutil.Process(json.loads(line)["pid"]).kill()
        assert await caller.ended(timeout=20) == "ROOM_DELETED"
    told = await received.events_of(room, last="call.transcript")
    assert [one["type"] for one in told] == ["call.started", "call.failed", "call.ended", "call.transcript"]
    assert {one["data"]["call"] for one in told} == {call}
    assert told[1]["data"]["detail"] == "crashed: the job process died"
    assert told[3]["data"]["lines"][0]["text"] == "This is the desk."


async def test_a_receiver_hears_of_every_call_in_order_also_when_the_job_is_killed(
    livekit: Any, worker_on: Callable[..., AbstractContextManager[Any]], tmp_path: Path, room: str
) -> None:
    async with receiving() as received:
        environ = {"OFFHOOK_WEBHOOKS": f"{received.url} {SECRET}", "OFFHOOK_WEBHOOKS_PRIVATE": "1"}
        environ |= {"OFFHOOK_LOG_LEVEL": "DEBUG", "OFFHOOK_REDACT": "journal, model"}
        with worker_on(AGENT, livekit, tmp_path / "journal.db", "webhooks", **environ) as desk:
            await asyncio.gather(
                _ended(desk, received, f"{room}-ended"), _killed(desk, received, f"{room}-killed-alone")
            )
            hidden = ("hush", SECRET, "one one one one")
            assert not [line for line in desk.worker.lines if any(one in line for one in hidden)]
        assert b"one one one one" not in _bytes(tmp_path)
