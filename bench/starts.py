"""Measures the time until a worker is registered, and the time from a join to the greeting, also in a `dev` worker."""

import asyncio
import statistics
import time

from bench.agents import SUPERVISED
from bench.stage import Stage, tell
from bench.stats import Figure, Goal

__all__ = ["measure"]

_LATER = 3
"""The number of calls after the first call in each `dev` worker."""


def measure(stage: Stage, n: int) -> list[Figure]:
    """Measure production workers and `dev` workers, one call at a time."""
    registered: list[float] = []
    first: list[float] = []
    later: list[float] = []
    starts = max(1, n // 6)
    for number in range(starts):
        tell(f"starts: dev worker {number + 1} of {starts}")
        with stage.new_worker(SUPERVISED, "--dev", OFFHOOK_DEV="1"):
            greeted = asyncio.run(_greetings(stage, 1 + _LATER))
        first.append(greeted[0])
        later += greeted[1:]
    for number in range(starts):
        tell(f"starts: worker {number + 1} of {starts}")
        began = time.perf_counter()
        with stage.new_worker(SUPERVISED):
            registered.append((time.perf_counter() - began) * 1000)
            if number == starts - 1:
                tell(f"starts: {n} calls")
                greetings = asyncio.run(_greetings(stage, n))
    slower = statistics.median(first) - statistics.median(later)
    goal = Goal(100, text="within 100 ms of later calls")
    return [
        Figure("dispatch_to_greeting_ms", greetings),
        Figure("start_to_registered_ms", registered),
        Figure("first_call_in_dev_ms", first, goal, held=slower),
        Figure("later_calls_in_dev_ms", later),
    ]


async def _greetings(stage: Stage, count: int) -> list[float]:
    """Make calls in new rooms. Return the milliseconds from each join to the first sample of the greeting."""
    waits: list[float] = []
    for _ in range(count):
        began = time.monotonic()
        async with stage.caller(SUPERVISED) as caller:
            heard = await stage.greeted(caller, SUPERVISED)
            waits.append((heard.started_at - began) * 1000)
            await caller.quiet(for_=0.3)
    return waits
