"""Callers in real rooms who say little or nothing, through every kind of silence step and through noise."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

from bench.noises import burst, noise, placed

from offhook.testing import Caller
from offhook.testing.speech import Samples

__all__ = [
    "asked_in_babble",
    "babble",
    "babbles",
    "bursts",
    "calls",
    "climbs",
    "greeted",
    "holds",
    "making",
    "noisy",
    "opens",
    "rescues",
]

WORDS = "yes i am still here"
EVERY, SECONDS = 4.0, 30


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


async def climbs(stage: Any, room: str) -> None:
    """The caller is silent through every kind of step."""
    async with calls(stage, room, "steps") as caller:
        await caller.ended(timeout=25)


async def opens(stage: Any, room: str) -> None:
    """The caller is silent first after the greeting, then after an answer, then after a question."""
    async with calls(stage, room, "opening") as caller:
        await greeted(caller)
        await stage.tells(room, "LinePlayed", tag="silence")
        await caller.say(WORDS)
        answer = await stage.tells(room, "MessageCommitted", role="assistant", text="I hear you.")
        await stage.tells(room, "LinePlayed", tag="silence", after=answer.seq)
        await caller.type("let me choose")
        await caller.ended(timeout=15)


async def holds(stage: Any, room: str) -> None:
    """The caller asks the agent to hold on, comes back, and then fills a form."""
    async with calls(stage, room, "pause") as caller:
        await greeted(caller)
        await caller.type("hold on")
        waits = await stage.tells(room, "MessageCommitted", role="assistant", text="I wait.")
        await stage.tells(room, "AgentStateChanged", state="listening", after=waits.seq)
        await asyncio.sleep(3)
        await caller.type("back again")
        good = await stage.tells(room, "MessageCommitted", role="assistant", text="Good.")
        await stage.tells(room, "LinePlayed", tag="silence", after=good.seq)
        await caller.type("fill the form")
        changed = await stage.tells(room, "SilenceChanged", by="tool")
        asked = await stage.tells(room, "LinePlayed", tag="silence", after=changed.seq)
        await caller.type("done")
        await stage.tells(room, "MessageCommitted", role="assistant", text="It is filled.", after=asked.seq)
        restored = await stage.tells(room, "SilenceChanged", by="tool", after=asked.seq)
        await stage.tells(room, "LinePlayed", tag="silence", after=restored.seq)


async def rescues(stage: Any, room: str) -> None:
    """The caller resets the ladder by speaking, then interrupts the goodbye, and then is silent."""
    async with calls(stage, room, "polite") as caller:
        await greeted(caller)
        first = await stage.tells(room, "LinePlayed", tag="silence")
        await caller.say(WORDS)
        answer = await stage.tells(room, "MessageCommitted", role="assistant", text="I hear you.", after=first.seq)
        ends = await stage.tells(room, "EndCall", after=answer.seq)
        await stage.tells(room, "AgentStateChanged", state="speaking", after=ends.seq)
        await caller.say(WORDS)
        await caller.ended(timeout=20)


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
