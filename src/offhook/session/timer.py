"""Waits for what is posted or for a moment, whichever comes first, and is not late for the moment."""

import asyncio
from typing import TypeVar

__all__ = ["EARLY", "next_of"]

T = TypeVar("T")

EARLY = 0.002
"""Seconds before the moment in which the thread stays awake, at the cost of so much CPU.

Whoever sleeps to the moment itself is late: epoll counts in whole milliseconds, and a thread that wakes on a busy core
waits until another's turn is over. More is worse there: who stays awake for longer than a turn (about 3 ms on Linux)
loses the core just before the moment.
"""


async def next_of(inbox: asyncio.Queue[T], *, until: float | None) -> T | None:
    """What was posted first; None when the moment has come before."""
    loop = asyncio.get_running_loop()
    if until is None or not inbox.empty():
        return await inbox.get()
    # A clock that stands still while the loop works is late for nothing, and nobody sees it pass by waiting.
    early = EARLY if loop.time() < loop.time() else 0.0
    if loop.time() < until - early:
        try:
            async with asyncio.timeout_at(until - early):
                return await inbox.get()
        except TimeoutError:
            pass
    while early and inbox.empty() and loop.time() < until:  # noqa: ASYNC110  # an event wakes us up, which is late
        await asyncio.sleep(0)
    return None if inbox.empty() else inbox.get_nowait()
