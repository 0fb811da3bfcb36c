"""Callers in a process of their own, who ask six times a minute: `python -m bench.talkers`, told by one JSON line.

Prints `ready` when everybody has been greeted and ends when its input ends, so that it dies with whoever started it.
"""

import asyncio
import json
import logging
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from bench.models import ASK
from offhook.testing.caller import Caller

__all__ = ["EVERY", "main"]

EVERY = 10.0
"""Seconds from one question to the next."""
_GREETED = 30.0
_STAGGER = 5.0
"""Seconds over which the callers come: of five at once, stock loses some."""


async def main() -> None:
    """Call, talk and hang up; raises when somebody is not greeted or not answered."""
    told = json.loads(await asyncio.to_thread(sys.stdin.readline))
    rooms = told.pop("rooms")
    greeted, over = asyncio.Barrier(len(rooms) + 1), asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        for number, room in enumerate(rooms):
            offset = EVERY * number / len(rooms)
            tasks.create_task(_call({**told, "room": room}, offset, greeted, over), name=f"talker {number}")
        await greeted.wait()
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        over.set()


async def _call(told: Mapping[str, Any], offset: float, greeted: asyncio.Barrier, over: asyncio.Event) -> None:
    await asyncio.sleep(offset * _STAGGER / EVERY)
    async with Caller(**told) as caller:
        await caller.hears(since=caller.joined_at, timeout=_GREETED)
        await greeted.wait()
        due = asyncio.get_running_loop().time() + offset
        while not await _over_at(due, over):
            said = await caller.say(ASK)
            await caller.hears(since=said.ended_at)  # an agent that does not answer costs nothing: that must not pass
            due += EVERY


async def _over_at(due: float, over: asyncio.Event) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout_at(due):
            await over.wait()
    return over.is_set()


if __name__ == "__main__":
    logging.getLogger("livekit").setLevel(logging.CRITICAL)
    asyncio.run(main())
