"""A quiet agent on a real server: muted, on hold with music, and while a real second participant talks instead."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from offhook.client import Client
from offhook.testing import Caller

pytestmark = pytest.mark.live

HOURS = "what are your opening hours"


@pytest.fixture
async def client(stage: Any) -> AsyncIterator[Client]:
    keys = stage.server
    async with Client(url=keys.url, key=keys.api_key, secret=keys.api_secret, by="night desk") as client:
        yield client


async def greeted(caller: Caller) -> None:
    await caller.hears(since=caller.joined_at)
    await caller.quiet(for_=0.4)


async def answered(stage: Any, room: str, caller: Caller, *, after: int) -> None:
    """The agent answers the caller. On a busy machine, the recogniser may understand other words or two sentences."""
    said = await caller.say(HOURS)
    await caller.hears(since=said.ended_at)
    await stage.tells(room, "MessageCommitted", role="assistant", after=after)


def agent_lines(stage: Any, room: str) -> list[Any]:
    records = stage.records(room, names=["MessageCommitted"])
    return [one for one in records if one.body["role"] == "assistant"]


async def test_a_muted_agent_hears_and_answers_nothing_until_it_is_back(stage: Any, room: str, client: Client) -> None:
    async with stage.caller(room) as caller:
        await greeted(caller)
        call = client.call(room)
        assert (await call.quiet("mute")).ok
        said = await caller.say(HOURS)
        heard = await stage.tells(room, "MessageCommitted", role="user")
        await stage.tells(room, "TurnDeclined", by="quiet")
        await caller.quiet(for_=2.0)
        assert not [one for one in caller.heard if one.started_at > said.started_at]
        assert (await call.say("One moment, please.")).status == "spoken"
        assert (await call.resume()).ok
        back = await stage.tells(room, "QuietChanged", mode="")
        await answered(stage, room, caller, after=back.seq)
        await caller.hang_up()
    assert heard.seq < back.seq
    assert stage.said(room)[:2] == ["Hello.", "One moment, please."]


async def test_a_caller_on_hold_hears_music_and_then_the_agent_again(stage: Any, room: str, client: Client) -> None:
    async with stage.caller(room) as caller:
        await greeted(caller)
        call = client.call(room)
        held = asyncio.get_running_loop().time()
        assert (await call.quiet("hold")).ok
        await caller.hears(since=held)
        said = await caller.say(HOURS)
        music = caller.heard[-1]
        assert music.started_at < said.started_at
        assert music.ended_at > said.ended_at - 0.5
        assert stage.bodies(room, "TranscriptReceived") == []
        assert (await call.resume()).ok
        back = await stage.tells(room, "QuietChanged", mode="")
        await caller.quiet(for_=1.5, timeout=5)
        await answered(stage, room, caller, after=back.seq)
        await caller.hang_up()
    assert [line.elapsed > back.elapsed for line in agent_lines(stage, room)[:2]] == [False, True]


async def test_a_colleague_takes_over_and_the_model_knows_what_was_said(stage: Any, room: str, client: Client) -> None:
    async with stage.caller(room) as caller:
        await greeted(caller)
        call = client.call(room)
        assert (await call.quiet("takeover")).ok
        async with stage.other(room, "berta") as berta, stage.other(room, "carl") as carl:
            await berta.connected()
            await berta.say(HOURS)
            await caller.hears(since=caller.joined_at)
            said = await caller.say("yes i am still here")
            await berta.hears(since=said.started_at)
            await stage.tells(room, "MessageCommitted", role="user")
            await carl.connected()
            await carl.say("thank you goodbye")
            await caller.quiet(for_=1.5)
            assert (await call.resume()).ok
            told = await stage.tells(room, "MessageAdded", role="system", by="night desk")
        back = await stage.tells(room, "QuietChanged", mode="")
        await answered(stage, room, caller, after=back.seq)
        await caller.hang_up()
    beginning, *lines = str(told.body["text"]).splitlines()
    assert beginning.startswith("Meanwhile a colleague talked with the caller")
    # Which words the recogniser understands, and in how many pieces, is not the promise of this test.
    words = {who: text for who, _, text in (line.partition(": ") for line in lines)}
    assert list(words) == ["a colleague (berta)", "the caller", "a colleague (carl)"]
    assert all(words.values())
    assert [line.elapsed > back.elapsed for line in agent_lines(stage, room)[:2]] == [False, True]
    assert len(stage.bodies(room, "CallerFound")) == 1
