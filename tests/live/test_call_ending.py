"""Ends of calls in real rooms: the goodbye is heard, the scope is correct, and the journal has the reason."""

import asyncio
from typing import Any

import numpy as np
import pytest

from offhook.models.offline.voice import render
from offhook.testing import Caller, Phone
from offhook.testing.live.hearing import Utterance

pytestmark = pytest.mark.live

LAST_WORDS = "Thank you for calling the stage and have a very pleasant evening."


def seconds_of(text: str) -> float:
    """The length of this text in the offline voice, in seconds."""
    frame = render(text)
    loud = np.flatnonzero(np.abs(np.frombuffer(frame.data, np.int16).astype(np.int32)) > 200)
    return float(loud[-1] - loud[0]) / frame.sample_rate


def length(heard: Utterance) -> float:
    return heard.ended_at - heard.started_at


async def tail(stage: Any, room: str) -> float:
    """Seconds from the end of the playout to the hang-up, while the last audio travels to the caller."""
    spoken, cut = await stage.tells(room, "LinePlayed", tag="goodbye"), await stage.tells(room, "HangUp")
    return float(cut.elapsed - spoken.elapsed)


async def greeted(caller: Caller) -> None:
    await caller.hears(since=caller.joined_at)
    await caller.quiet(for_=0.4)


@pytest.mark.exact
async def test_the_last_words_are_heard_and_read_to_their_end_before_the_room_goes(stage: Any, room: str) -> None:
    async with stage.caller(room) as caller:
        await greeted(caller)
        await caller.type("hang up")
        assert await caller.ended() == "ROOM_DELETED"
        goodbye = caller.heard[-1]
        assert length(goodbye) == pytest.approx(seconds_of(LAST_WORDS), abs=0.2)
        assert caller.ended_at is not None
        assert caller.ended_at - goodbye.ended_at < 0.6
        assert (caller.transcript[-1].text, caller.transcript[-1].final) == (LAST_WORDS, True)
    assert (await stage.over(room))["reason"] == "agent_ended"
    assert stage.said(room)[-1] == LAST_WORDS
    assert 0.115 <= await tail(stage, room) < 0.3


@pytest.mark.exact
async def test_a_goodbye_is_said_to_its_end_when_the_caller_talks_into_it(stage: Any, room: str) -> None:
    async with stage.caller(room) as caller:
        await greeted(caller)
        await caller.type("hang up")
        await caller.hears()
        await caller.say("wait one more thing")
        await caller.ended()
        assert length(caller.heard[-1]) == pytest.approx(seconds_of(LAST_WORDS), abs=0.2)
    await stage.over(room)
    assert stage.bodies(room, "LinePlayed")[-1] == {"tag": "goodbye", "interrupted": False, "error": ""}


@pytest.mark.exact
async def test_a_caller_who_speaks_into_a_goodbye_can_take_it_back_and_the_call_ends_later(
    stage: Any, room: str
) -> None:
    # LiveKit blocks interruptions for 3 s after the agent's first sound, so the greeting is longer than 3 s.
    async with stage.caller(room, greeting=LAST_WORDS, ending={"on_interruption": "reconsider"}) as caller:
        await greeted(caller)
        await caller.type("hang up")
        await caller.hears()
        await caller.say("wait one more thing")
        cancelled = await stage.tells(room, "EndCancelled")
        await stage.tells(room, "MessageCommitted", role="assistant", text="I hear you.", after=cancelled.seq)
        assert not caller.left.is_set()
        await caller.quiet()
        await caller.type("hang up")
        await caller.ended()
    assert (await stage.over(room))["reason"] == "agent_ended"


@pytest.mark.exact
async def test_only_the_phone_is_cut_off_while_a_second_person_stays(stage: Any, room: str) -> None:
    async with stage.caller(room, phone=Phone()) as caller, stage.other(room, "friend") as friend:
        await greeted(caller)
        assert stage.bodies(room, "CallerFound")[0]["identity"] == "caller"
        await caller.type("hang up caller")
        assert await caller.ended() == "PARTICIPANT_REMOVED"
        assert (await stage.over(room))["reason"] == "agent_ended"
        assert not friend.left.is_set()
    assert stage.bodies(room, "HangUpDone")[-1]["scope"] == "caller"
    assert 0.295 <= await tail(stage, room) < 0.5


async def test_only_the_agent_leaves_and_the_caller_stays(stage: Any, room: str) -> None:
    async with stage.caller(room) as caller:
        await greeted(caller)
        await caller.type("leave")
        assert (await stage.over(room))["reason"] == "agent_ended"
        assert not caller.left.is_set()
    assert stage.bodies(room, "HangUpDone")[-1]["scope"] == "agent"


async def test_an_end_wanted_three_times_by_two_ways_is_one_end(stage: Any, room: str) -> None:
    async with stage.caller(room) as caller:
        await greeted(caller)
        await caller.type("hang up twice")
        assert await caller.ended() == "ROOM_DELETED"
        assert len(caller.heard) == 2
    await stage.over(room)
    assert (stage.said(room)[-1], len(stage.bodies(room, "HangUp"))) == ("Goodbye, once.", 1)


async def test_a_caller_who_hangs_up_during_the_greeting_ends_the_call(stage: Any, room: str) -> None:
    async with stage.caller(room, greeting=LAST_WORDS) as caller:
        await caller.hears(since=caller.joined_at)
        await caller.hang_up()
    assert await stage.over(room) | {"seconds": 0} == {
        "reason": "caller_hung_up",
        "detail": "client_initiated",
        "seconds": 0,
    }


async def test_a_caller_who_hangs_up_during_the_goodbye_does_not_change_why_the_call_ended(
    stage: Any, room: str
) -> None:
    async with stage.caller(room) as caller:
        await greeted(caller)
        await caller.type("hang up")
        await caller.hears()
        await caller.hang_up()
    assert (await stage.over(room))["reason"] == "agent_ended"


async def test_a_call_that_lasts_too_long_says_so_and_ends(stage: Any, room: str) -> None:
    async with stage.caller(room, limits={"seconds": 2, "goodbye": "Time is up."}) as caller:
        assert await caller.ended(timeout=15) == "ROOM_DELETED"
        assert len(caller.heard) == 2
        assert caller.transcript[-1].text == "Time is up."
    assert ((await stage.over(room))["reason"], stage.said(room)[-1]) == ("limit", "Time is up.")


async def closed_by(stage: Any, room: str, way: str) -> object:
    async with stage.caller(room) as caller:
        await greeted(caller)
        await caller.type(way)
        assert await caller.ended(timeout=3) == "ROOM_DELETED"
    return (await stage.over(room))["reason"]


async def test_livekits_own_ways_to_end_close_the_room_at_once(stage: Any, room: str) -> None:
    ways = ("shut down job", "shut down session")
    ends = await asyncio.gather(*(closed_by(stage, f"{room}-{way[-3:]}", way) for way in ways))
    assert ends == ["agent_ended", "agent_ended"]


async def test_livekits_own_tool_ends_the_call_soon_after_its_goodbye(stage: Any, room: str) -> None:
    async with stage.caller(room, stock=True) as caller:
        await greeted(caller)
        await caller.type("stock end")
        await caller.hears()
        said = await caller.quiet(for_=0.3)
        assert await caller.ended() == "ROOM_DELETED"
        assert caller.ended_at is not None
        assert caller.ended_at - said < 3
    assert (await stage.over(room))["reason"] == "agent_ended"
    assert stage.said(room)[-1] == "This is the end. Goodbye."
