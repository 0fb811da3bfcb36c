"""Measures the time from the caller's join to the greeting: for single calls, for several calls at once, and for
workers in `dev` mode.
"""

import asyncio
import statistics
import time

from bench.agents import STOCK, SUPERVISED
from bench.stage import Stage, tell
from bench.stats import Figure, Goal
from offhook.testing.live.waiting import WaitTimeoutError

__all__ = ["measure"]

_LATER = 3
"""The number of calls after the first call in each `dev` worker."""
_AT_ONCE = (5, 10)
_GREETING = Goal(430)
_BOTH = {SUPERVISED: "", STOCK: "_stock"}


def measure(stage: Stage, n: int) -> list[Figure]:
    """Measure `dev` workers, then production workers of both agents in turn."""
    first: list[float] = []
    later: list[float] = []
    starts = max(1, n // 6)
    for number in range(starts):
        tell(f"starts: dev worker {number + 1} of {starts}")
        with stage.new_worker(SUPERVISED, "--dev", OFFHOOK_DEV="1"):
            greeted = asyncio.run(_greetings(stage, 1 + _LATER))
        first.append(greeted[0])
        later += greeted[1:]
    slower = statistics.median(first) - statistics.median(later)
    goal = Goal(100, text="within 100 ms of later calls")
    for agent in _BOTH:
        stage.worker(agent)
    figures = asyncio.run(_production(stage, n))
    return [
        *figures,
        Figure("first_call_in_dev_ms", first, goal, held=slower),
        Figure("later_calls_in_dev_ms", later),
    ]


async def _production(stage: Stage, n: int) -> list[Figure]:
    """Call both agents alternately, first one call at a time, then several at once. Return the figures."""
    alone: dict[str, list[float]] = {agent: [] for agent in _BOTH}
    for number in range(n + 1):
        tell(f"starts: call {number} of {n} of each agent")
        for agent in _BOTH:
            try:
                waited = await _greeting(stage, agent)
            except WaitTimeoutError as error:  # on a busy machine, the server loses calls
                tell(f"starts: a call failed: {error}")
                continue
            alone[agent] += [waited] if number else []  # the first call loads modules, so it does not count
    figures = [
        Figure("dispatch_to_greeting_ms", alone[SUPERVISED], _GREETING, wanted=n),
        Figure("dispatch_to_greeting_ms_stock", alone[STOCK]),
    ]
    for calls in _AT_ONCE:
        figures += await _crowd(stage, calls, rounds=max(1, n // 10))
    return figures


async def _crowd(stage: Stage, calls: int, *, rounds: int) -> list[Figure]:
    waits: dict[str, list[float]] = {agent: [] for agent in _BOTH}
    missing = dict.fromkeys(_BOTH, 0)
    for number in range(rounds):
        for agent in _BOTH:
            tell(f"starts: {calls} calls of {agent} at once, round {number + 1} of {rounds}")
            found = await asyncio.gather(*(_greeting(stage, agent) for _ in range(calls)), return_exceptions=True)
            waits[agent] += [one for one in found if isinstance(one, float)]
            missing[agent] += sum(isinstance(one, WaitTimeoutError) for one in found)
            await asyncio.sleep(2)  # the worker needs this time to replace its idle processes
    ours, stock = (statistics.median(waits[agent]) if waits[agent] else 0.0 for agent in _BOTH)
    goal = Goal(1.0, text="median <= median of stock")
    return [
        Figure("greeting_at_once_ms", waits[SUPERVISED], goal, calls, held=ours / stock if stock else 0.0),
        Figure("greeting_at_once_ms_stock", waits[STOCK], calls=calls),
        Figure("greeting_at_once_missing", [missing[SUPERVISED]], Goal(0, "max"), calls),
        Figure("greeting_at_once_missing_stock", [missing[STOCK]], calls=calls),
    ]


async def _greetings(stage: Stage, count: int) -> list[float]:
    return [await _greeting(stage, SUPERVISED) for _ in range(count)]


async def _greeting(stage: Stage, agent: str) -> float:
    """Make a call in a new room. Return the milliseconds from the join to the first sample of the greeting."""
    began = time.monotonic()
    async with stage.caller(agent) as caller:
        heard = await stage.greeted(caller, agent)
        waited = (heard.started_at - began) * 1000
        await caller.quiet(for_=0.3)
    return waited
