"""Callers in real rooms who say little or nothing, through every kind of silence step and through noise."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

from bench.noises import burst, noise, placed
from tests.crowds import order_in_a_crowd

from offhook.testing import Caller
from offhook.testing.speech import Samples

__all__ = [
    "CROWD",
    "asked_in_babble",
    "babble",
    "babbles",
    "bursts",
    "calls",
    "greeted",
    "making",
    "noisy",
    "orders",
]

WORDS = "yes i am still here"
EVERY, SECONDS = 4.0, 30
CROWD = 25.0
"""Seconds for which the crowd talks."""


@cache
def babble() -> Samples:
    """Continuous voices. Generate them before the calls start, because this takes a second."""
    return noise("babble", 50)


def calls(stage: Any, room: str, scene: str, *, wordless: bool = False) -> Caller:
    caller: Caller = stage.caller(room, scene=scene, wordless=wordless)
    return caller


async def greeted(caller: Caller) -> None:
    await caller.hears(since=caller.joined_at, timeout=20)
    await caller.quiet(for_=0.4)


async def noisy(stage: Any, room: str) -> None:
    """0.3 s of voice without words, every four seconds, until the call ends."""
    async with calls(stage, room, "noise", wordless=True) as caller:
        await greeted(caller)
        line = placed(SECONDS, {at * EVERY: burst(0.3, seed=at) for at in range(int(SECONDS / EVERY))})
        async with making(caller, line):
            await caller.ended(timeout=60)


@asynccontextmanager
async def making(caller: Caller, pcm: Samples) -> AsyncIterator[None]:
    """The caller sends this audio while the block lasts."""
    playing = asyncio.create_task(caller._microphone.say(pcm), name="noise")
    try:
        yield
    finally:
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)


async def orders(stage: Any, room: str) -> None:
    """The caller orders in a crowd and then is silent; the crowd goes on."""
    async with stage.caller(room, scene="patient", wordless=True, order=True) as caller:
        await greeted(caller)
        async with making(caller, order_in_a_crowd(CROWD)):
            await stage.tells(room, "MessageCommitted", role="assistant", text="I hear you.", timeout=CROWD + 15)
        await caller.hang_up()


async def babbles(stage: Any, room: str) -> None:
    """The phone lies on a restaurant table: continuous voices."""
    async with calls(stage, room, "polite", wordless=True) as caller:
        await greeted(caller)
        async with making(caller, babble()):
            await caller.ended(timeout=55)


async def bursts(stage: Any, room: str) -> None:
    """Bursts of voice without words, also during the interruptible goodbye."""
    line = placed(50, {at * 2.5: burst(0.6, seed=at) for at in range(20)})
    async with calls(stage, room, "polite", wordless=True) as caller:
        await greeted(caller)
        async with making(caller, line):
            await caller.ended(timeout=55)


async def asked_in_babble(stage: Any, room: str) -> None:
    """Continuous voices, with a ladder whose first step asks the model to speak."""
    async with calls(stage, room, "asking", wordless=True) as caller:
        await greeted(caller)
        async with making(caller, babble()):
            await caller.ended(timeout=55)
