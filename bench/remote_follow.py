"""Measures the CPU time and the memory of the job processes with and without followers. A follower is a client that
reads the records of a running call.
"""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bench.fleet import Fleet, cpu, mb
from bench.stage import tell
from bench.stats import Figure, Goal
from offhook.client import Client
from offhook.control.client import RunningCall

__all__ = ["follow_cost"]

WINDOW, SHORT_WINDOW = 10.0, 3.0
PAIRS = 3
_SETTLE = 1.0
"""After this many seconds, all followers have read the existing records."""


async def follow_cost(fleet: Fleet, client: Client, *, short: bool) -> list[Figure]:
    """Measure the running calls alternately with and without followers, and return the figures."""
    calls, pairs = len(fleet.calls), 1 if short else PAIRS
    jobs = [job for desk in fleet.desks for job in desk.jobs]
    followed, alone, more_mb = list[float](), list[float](), list[float]()
    for pair in range(pairs):
        tell(f"remote: {calls} calls with and without followers, pair {pair + 1} of {pairs}")
        for with_follower in (False, True)[:: -1 if pair % 2 else 1]:
            async with _following(fleet, client, with_follower):
                await asyncio.sleep(_SETTLE)
                before, began = cpu(jobs), time.perf_counter()
                await asyncio.sleep(SHORT_WINDOW if short else WINDOW)
                used = (cpu(jobs) - before) / (time.perf_counter() - began) / calls * 100
                (followed if with_follower else alone).append(used)
                more_mb.append(mb(jobs) / calls * (1 if with_follower else -1))
    ratio = statistics.median(one / other for one, other in zip(followed, alone, strict=True))
    goal = Goal(1.03, text="median ratio to calls without followers <= 1.03")
    return [
        Figure("followed_cpu_pct", followed, goal, calls=calls, held=ratio),
        Figure("followed_cpu_pct_alone", alone, calls=calls),
        Figure(
            "followed_more_cpu_pct",
            [one - other for one, other in zip(followed, alone, strict=True)],
            calls=calls,
        ),
        Figure("followed_more_mb", [sum(more_mb) / pairs], calls=calls),
    ]


@asynccontextmanager
async def _following(fleet: Fleet, client: Client, active: bool) -> AsyncIterator[None]:
    """If `active` is True, follow every call until the end of the `with` block."""
    calls = [RunningCall(client, one.agent.room, found=one.agent) for one in fleet.calls] if active else []
    tasks = [asyncio.create_task(_read(call), name="follower") for call in calls]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    for error in ended:
        if isinstance(error, Exception):
            raise error


async def _read(call: RunningCall) -> None:
    async for _ in call.follow():
        pass
