"""How long a caller waits for the answer: offhook and stock in turn, and the way the sound itself takes."""

import asyncio
import statistics

from bench.agents import STOCK, SUPERVISED
from bench.models import ASK
from bench.stage import Stage, tell
from bench.stats import Figure, Goal
from offhook.testing.caller import Caller

__all__ = ["measure"]

_TURNS = 4
_NOISE_MS = 10.0
"""Two medians this near are the same: sound travels in frames of 10 ms."""


def measure(stage: Stage, n: int) -> list[Figure]:
    """The same question n times in two calls that are open side by side, then n words from caller to caller."""
    stage.worker(SUPERVISED)
    stage.worker(STOCK)
    ours, stock = asyncio.run(_turns(stage, n))
    floor = asyncio.run(_floor(stage, n))
    slower = statistics.median(one - other for one, other in zip(ours, stock, strict=True))
    goal = Goal(_NOISE_MS, text=f"median of pairs not slower than stock (<= {_NOISE_MS:g} ms)")
    return [
        Figure("answer_ms", ours, goal, held=slower, wanted=n),
        Figure("answer_ms_stock", stock),
        Figure("transport_floor_ms", floor),
    ]


async def _turns(stage: Stage, n: int) -> tuple[list[float], list[float]]:
    """New calls every few turns: within a call, all answers share the position of its audio frames."""
    ours: list[float] = []
    stock: list[float] = []
    while len(ours) < n:
        async with stage.caller(SUPERVISED) as us, stage.caller(STOCK) as them:
            await stage.greeted(us, SUPERVISED)
            await stage.greeted(them, STOCK)
            for turn in range(min(_TURNS, n - len(ours))):
                tell(f"answer: turn {len(ours) + 1} of {n}")
                for caller, waits in ((us, ours), (them, stock))[:: 1 if turn % 2 else -1]:
                    waits.append(await _answer(caller))
    return ours, stock


async def _answer(caller: Caller) -> float:
    await caller.quiet(for_=0.5)
    said = await caller.say(ASK)
    heard = await caller.hears(since=said.ended_at)
    return (heard.started_at - said.ended_at) * 1000


async def _floor(stage: Stage, n: int) -> list[float]:
    ways: list[float] = []
    room = stage.new_room()
    async with (
        stage.caller(None, room=room, identity="ada") as ada,
        stage.caller(None, room=room, identity="bob") as bob,
    ):
        await asyncio.gather(ada.connected(), bob.connected())
        tell(f"answer: transport floor, {n} words")
        for number in range(n):
            speaker, other = (ada, bob) if number % 2 else (bob, ada)
            said = await speaker.say("hello")
            heard = await other.hears(since=said.started_at)
            ways.append((heard.started_at - said.started_at) * 1000)
            await other.quiet(for_=0.4)
    return ways
