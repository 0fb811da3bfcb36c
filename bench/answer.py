"""Measures the response latency with offhook and with livekit-agents alone, and the latency of the audio transport."""

import asyncio
import statistics

from bench.agents import SLOW, SLOW_STOCK, STOCK, SUPERVISED
from bench.models import ASK
from bench.slow_models import FINALS
from bench.stage import Stage, tell
from bench.stats import Figure, Goal
from offhook.testing.live.caller import Caller

__all__ = ["measure", "measure_slow"]

_TURNS = 4
_NOISE_MS = 10.0
"""A difference of up to this many milliseconds is ignored, because audio is sent in frames of 10 ms."""
_SLOW_GOAL = Goal(0.65, text="median ratio to stock <= 0.65")


def measure(stage: Stage, n: int) -> list[Figure]:
    """Measure how long both agents take to answer the same question, n times each.

    Then measure the latency of the audio alone: without an agent, one caller says a word to another caller, n times.
    """
    stage.worker(SUPERVISED)
    stage.worker(STOCK)
    ours, stock = asyncio.run(_turns(stage, n, (SUPERVISED, STOCK)))
    floor = asyncio.run(_floor(stage, n))
    slower = statistics.median(one - other for one, other in zip(ours, stock, strict=True))
    goal = Goal(_NOISE_MS, text=f"median difference from stock <= {_NOISE_MS:g} ms")
    return [
        Figure("answer_ms", ours, goal, held=slower, wanted=n),
        Figure("answer_ms_stock", stock),
        Figure("transport_floor_ms", floor),
    ]


def measure_slow(stage: Stage, n: int) -> list[Figure]:
    """Return the figures of the agents with slow models: with an early final transcript, then with a late one."""
    figures: list[Figure] = []
    for agent in (SLOW, SLOW_STOCK):
        stage.worker(agent)
    for when in FINALS:
        ours, stock = asyncio.run(_turns(stage, n, (SLOW, SLOW_STOCK), metadata=when))
        ratio = statistics.median(one / other for one, other in zip(ours, stock, strict=True))
        name = "_".join(filter(None, ["answer_slow", when]))
        figures.append(Figure(f"{name}_ms", ours, _SLOW_GOAL, held=ratio, wanted=n))
        figures.append(Figure(f"{name}_ms_stock", stock))
    return figures


async def _turns(stage: Stage, n: int, agents: tuple[str, str], metadata: str = "") -> tuple[list[float], list[float]]:
    """Return the latencies of both agents in milliseconds.

    Within one call, all answers start at the same offset in an audio frame. Therefore each call has only a few turns,
    so that the latencies come from many calls with different offsets.
    """
    ours: list[float] = []
    stock: list[float] = []
    while len(ours) < n:
        callers = [stage.caller(agent, metadata=metadata) for agent in agents]
        async with callers[0] as our_caller, callers[1] as stock_caller:
            await stage.greeted(our_caller, agents[0])
            await stage.greeted(stock_caller, agents[1])
            for turn in range(min(_TURNS, n - len(ours))):
                tell(f"answer: turn {len(ours) + 1} of {n}")
                for caller, waits in ((our_caller, ours), (stock_caller, stock))[:: 1 if turn % 2 else -1]:
                    waits.append(await _answer(caller))
    return ours, stock


async def _answer(caller: Caller) -> float:
    await caller.quiet(for_=0.5)
    said = await caller.say(ASK)
    heard = await caller.hears(since=said.ended_at)
    return (heard.started_at - said.ended_at) * 1000


async def _floor(stage: Stage, n: int) -> list[float]:
    latencies: list[float] = []
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
            latencies.append((heard.started_at - said.started_at) * 1000)
            await other.quiet(for_=0.4)
    return latencies
