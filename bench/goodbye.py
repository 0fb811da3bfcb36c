"""How long after the goodbye the line is closed, and how much of the goodbye was heard."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bench.agents import STOCK, SUPERVISED
from bench.clips import lost_ms
from bench.models import BYE, INTO
from bench.stage import Stage, tell
from bench.stats import Figure, Goal
from offhook.testing.waiting import WaitedInVainError

__all__ = ["measure"]

CLOSED = Goal(150, "p99")
LOST = Goal(0, "max")
_OVER = 15.0
_ON_THE_WAY = 0.2
"""Seconds in which frames that had arrived before the end get from the SDK's queue to our ear."""


@dataclass(slots=True)
class _Ends:
    closed: list[float] = field(default_factory=list)
    lost: list[float] = field(default_factory=list)


def measure(stage: Stage, n: int) -> list[Figure]:
    """Rounds of calls that end in a goodbye, one at a time: a call that starts beside it would be in the figure."""
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
            lambda: _call(stage, SUPERVISED, ours_over, into=True),
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
    """Count a call that did not come to its end as missing, which shows in n; the error tells why."""
    for call in calls:
        try:
            await call()
        except WaitedInVainError as error:
            tell(f"goodbye: a call is missing: {error}")


async def _call(stage: Stage, agent: str, ends: _Ends, *, metadata: str = "", into: bool = False) -> None:
    async with stage.caller(agent, metadata=metadata) as caller:
        await stage.greeted(caller, agent)
        await caller.quiet(for_=0.4)
        said = await caller.say(BYE)
        heard = await caller.hears(since=said.ended_at)
        if into:
            await caller.say(INTO)
        await caller.ended(timeout=_OVER)
        await asyncio.sleep(_ON_THE_WAY)
        last = caller.heard[-1]
        assert caller.ended_at is not None
        ends.closed.append((caller.ended_at - last.ended_at) * 1000)
        ends.lost.append(lost_ms(caller.samples(since=heard.started_at - 0.02)))
