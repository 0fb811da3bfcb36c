"""Runs callers in a separate process: `python -m bench.talkers`. Each caller asks six questions a minute.

The process reads one JSON line from stdin, and prints `ready` when all callers have heard their greeting. The process
ends when stdin closes, so it also ends when its parent process ends.
"""

import asyncio
import json
import logging
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from bench.models import ASK
from offhook.testing.live.caller import Caller

__all__ = ["EVERY", "main"]

EVERY = 10.0
"""Seconds from one question to the next."""
_GREETED = 30.0
_STAGGER = 5.0
"""The callers join within this many seconds, not all at once, because LiveKit alone loses some calls if five callers
join at once.
"""


async def main() -> None:
    """Call, talk and hang up. Raise an error if a caller hears no greeting or no answer."""
    options = json.loads(await asyncio.to_thread(sys.stdin.readline))
    rooms = options.pop("rooms")
    greeted, over = asyncio.Barrier(len(rooms) + 1), asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        for number, room in enumerate(rooms):
            offset = EVERY * number / len(rooms)
            tasks.create_task(_call({**options, "room": room}, offset, greeted, over), name=f"talker {number}")
        await greeted.wait()
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        over.set()


async def _call(options: Mapping[str, Any], offset: float, greeted: asyncio.Barrier, over: asyncio.Event) -> None:
    await asyncio.sleep(offset * _STAGGER / EVERY)
    async with Caller(**options) as caller:
        await caller.hears(since=caller.joined_at, timeout=_GREETED)
        await greeted.wait()
        due = asyncio.get_running_loop().time() + offset
        while not await _over_at(due, over):
            said = await caller.say(ASK)
            # An agent that does not answer uses less CPU time, so a missing answer is an error; `hears` raises it.
            await caller.hears(since=said.ended_at)
            due += EVERY


async def _over_at(due: float, over: asyncio.Event) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout_at(due):
            await over.wait()
    return over.is_set()


if __name__ == "__main__":
    logging.getLogger("livekit").setLevel(logging.CRITICAL)
    asyncio.run(main())
