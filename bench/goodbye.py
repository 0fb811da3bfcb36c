"""Measures the time from the end of the goodbye to the hang-up, and how much audio of the goodbye was lost."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bench.agents import STOCK, SUPERVISED
from bench.clips import lost_ms
from bench.models import BYE, INTO
from bench.stage import Stage, tell
from bench.stats import Figure, Goal
from offhook.testing.live.waiting import WaitTimeoutError

__all__ = ["measure"]

CLOSED = Goal(150, "p99")
LOST = Goal(0, "max")
_END_TIMEOUT = 15.0
_IN_QUEUE = 0.2
"""Seconds that the benchmark waits after a call, so that the SDK's queue has no more audio frames of the call."""


@dataclass(slots=True)
class _Ends:
    closed: list[float] = field(default_factory=list)
    lost: list[float] = field(default_factory=list)


def measure(stage: Stage, n: int) -> list[Figure]:
    """Make calls that end with a goodbye, one after the other, and return their figures. Parallel calls would change
    the figures.
    """
    stage.worker(SUPERVISED)
    stage.worker(STOCK)
    return asyncio.run(_rounds(stage, n))


async def _rounds(stage: Stage, n: int) -> list[Figure]:
    ours, ours_over, stock, tuned = (_Ends() for _ in range(4))
    for number in range(n):
        tell(f"goodbye: round {number + 1} of {n}")
        await _one_by_one(
            lambda: _call(stage, SUPERVISED, ours),
            lambda: _call(stage, STOCK, stock),
            lambda: _call(stage, SUPERVISED, ours_over, barge_in=True),
            lambda: _call(stage, STOCK, tuned, metadata="tuned"),
        )
    return [
        Figure("goodbye_to_closed_ms", ours.closed, CLOSED, wanted=n),
        Figure("goodbye_to_closed_ms_stock", stock.closed),
        Figure("goodbye_to_closed_ms_stock_tuned", tuned.closed),
        Figure("goodbye_lost_ms", ours.lost, LOST, wanted=n),
        Figure("goodbye_lost_ms_stock", stock.lost),
        Figure("goodbye_lost_ms_stock_tuned", tuned.lost),
        Figure("goodbye_over_speech_to_closed_ms", ours_over.closed, CLOSED, wanted=n),
        Figure("goodbye_over_speech_lost_ms", ours_over.lost, LOST, wanted=n),
    ]


async def _one_by_one(*calls: Callable[[], Awaitable[None]]) -> None:
    """Run the calls one after the other. If a call times out, print the error and leave the call out of the figures."""
    for call in calls:
        try:
            await call()
        except WaitTimeoutError as error:
            tell(f"goodbye: a call failed: {error}")


async def _call(stage: Stage, agent: str, ends: _Ends, *, metadata: str = "", barge_in: bool = False) -> None:
    async with stage.caller(agent, metadata=metadata) as caller:
        await stage.greeted(caller, agent)
        await caller.quiet(for_=0.4)
        said = await caller.say(BYE)
        heard = await caller.hears(since=said.ended_at)
        if barge_in:
            await caller.say(INTO)
        await caller.ended(timeout=_END_TIMEOUT)
        await asyncio.sleep(_IN_QUEUE)
        last = caller.heard[-1]
        assert caller.ended_at is not None
        ends.closed.append((caller.ended_at - last.ended_at) * 1000)
        ends.lost.append(lost_ms(caller.samples(since=heard.started_at - 0.02)))
