"""Who is in the room: strangers who come and go, a second caller, phones that still ring."""

from typing import Any

import pytest

from offhook.testing import Phone

pytestmark = [pytest.mark.live, pytest.mark.exact]


async def test_a_stranger_who_talks_and_leaves_does_not_disturb_the_call(stage: Any, room: str) -> None:
    async with stage.caller(room) as caller:
        await caller.hears(since=caller.joined_at)
        await caller.quiet(for_=0.4)
        async with stage.other(room, "stranger") as stranger:
            await stage.tells(room, "Others", count=1)
            await stranger.connected()
            await stranger.say("goodbye")
        gone = await stage.tells(room, "Others", count=0)
        await caller.quiet(for_=0.4)
        said = await caller.say("what are your opening hours")
        await caller.hears(since=said.ended_at)
        await stage.tells(room, "Said", role="assistant", text="We are open all day.", after=gone.seq)
        await caller.hang_up()
    assert (await stage.over(room))["reason"] == "caller_hung_up"
    assert len(stage.said(room, "user")) == 1


async def test_of_two_callers_the_first_is_the_caller_and_the_second_may_stay_when_they_leave(
    stage: Any, room: str
) -> None:
    async with stage.caller(room, identity="first") as first:
        await first.hears(since=first.joined_at)
        async with stage.caller(room, identity="second") as second:
            await stage.tells(room, "Others", count=1)
            await second.type("hang up")
            await first.type("hello")
            await stage.tells(room, "Said", role="assistant", text="I hear you.")
            await first.hang_up()
            assert (await stage.over(room))["reason"] == "caller_hung_up"
            assert not second.left.is_set()
    assert stage.bodies(room, "CallerFound")[0]["identity"] == "first"
    assert stage.said(room, "user") == ["hello"]


async def test_a_phone_is_greeted_when_it_is_answered_and_not_before(stage: Any, room: str) -> None:
    async with stage.caller(room, phone=Phone(status="ringing")) as caller:
        await stage.tells(room, "SessionStarted", timeout=15)
        await caller.connected()
        assert not caller.heard
        await caller.become("active")
        greeting = await stage.tells(room, "Say", tag="greeting")
        active = await stage.tells(room, "CallerStatus", status="active")
        assert greeting.cause == active.seq
        await caller.hears(since=caller.joined_at)
        await caller.hang_up()
    found = stage.bodies(room, "CallerFound")[0]
    assert (found["phone"], found["active"], found["number"]) == (True, False, "+15105550100")
