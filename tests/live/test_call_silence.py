"""A silent caller in real rooms: the ladder runs on time, and words and keys reset the ladder."""

from typing import Any

import pytest

from offhook.testing import Caller, Phone

pytestmark = pytest.mark.live

STILL = ("say", "Are you still there?", 1.2)


def steps(stage: Any, room: str) -> list[tuple[str, object]]:
    """The steps of the ladder, in order."""
    wished = [one for one in stage.records(room) if one.by == "silence" and one.name != "Note"]
    return [
        (one.name, one.body.get("text") or one.body.get("instructions") or one.body.get("goodbye")) for one in wished
    ]


async def greeted(caller: Caller) -> None:
    await caller.hears(since=caller.joined_at)
    await caller.quiet(for_=0.4)


async def next_after_quiet(caller: Caller) -> float:
    """Seconds of silence between the last heard line and the next one."""
    ended = await caller.quiet(for_=0.4)
    return (await caller.hears(since=ended, timeout=10)).started_at - ended


@pytest.mark.exact
async def test_a_silent_caller_is_asked_twice_and_then_let_go(stage: Any, room: str) -> None:
    ladder = [
        ("say", "Are you still there?", 1.5),
        ("ask", "Offer to call back.", 1.5),
        ("goodbye", "Bye for now.", 1.5),
    ]
    async with stage.caller(room, ladder=ladder) as caller:
        await caller.hears(since=caller.joined_at)
        for _ in ladder:
            assert await next_after_quiet(caller) == pytest.approx(1.6, abs=0.5)
        assert await caller.ended() == "ROOM_DELETED"
    assert (await stage.over(room))["reason"] == "silence"
    assert steps(stage, room) == [
        ("MarkAway", None),
        ("Say", "Are you still there?"),
        ("Ask", "Offer to call back."),
        ("EndCall", "Bye for now."),
    ]
    assert stage.said(room) == [
        "Hello.",
        "Are you still there?",
        "Shall we call you back?",
        "Bye for now.",
    ]


async def test_words_step_off_the_ladder_and_handlers_see_away_once_each_time(stage: Any, room: str) -> None:
    async with stage.caller(room, ladder=[("away", "", 1), STILL, ("goodbye", "Bye.", 4)]) as caller:
        await greeted(caller)
        first = await stage.tells(room, "LinePlayed", tag="silence")
        await caller.say("yes i am still here")
        answered = await stage.tells(room, "MessageCommitted", role="assistant", text="I hear you.", after=first.seq)
        await stage.tells(room, "LinePlayed", tag="silence", after=answered.seq)
        await caller.hang_up()
    await stage.over(room)
    assert [text for name, text in steps(stage, room) if name == "Say"] == [STILL[1], STILL[1]]
    assert [one["state"] for one in stage.bodies(room, "CallerStateChanged")].count("away") == 2
    assert sum(f"{room} sees away" in line for line in stage.worker.lines) == 2


async def test_a_tool_can_call_the_caller_away_until_another_calls_them_back(stage: Any, room: str) -> None:
    async with stage.caller(room) as caller:
        await greeted(caller)
        await caller.type("go away")
        away = await stage.tells(room, "CallerStateChanged", state="away")
        await caller.say("hello")
        again = await stage.tells(room, "MessageCommitted", role="assistant", text="I hear you.", after=away.seq)
        assert stage.bodies(room, "CallerStateChanged")[-1]["state"] == "away"
        await caller.type("come back")
        released = await stage.tells(room, "MessageCommitted", role="assistant", text="Welcome back.", after=again.seq)
        await stage.tells(room, "AgentStateChanged", state="listening", after=released.seq)
        await caller.type("hang up")
        await caller.ended()
    await stage.over(room)
    released = await stage.tells(room, "AwayRequested", away=False)
    later = [
        one.body["state"] for one in stage.records(room) if one.name == "CallerStateChanged" and one.seq > released.seq
    ]
    assert "away" not in later
    assert [one["away"] for one in stage.bodies(room, "AwayRequested")] == [True, False]


async def test_code_can_call_the_caller_away(stage: Any, room: str) -> None:
    async with stage.caller(room, away=True) as caller:
        await stage.tells(room, "CallerStateChanged", state="away", timeout=15)
        await caller.hang_up()
    assert (await stage.over(room))["reason"] == "caller_hung_up"
    assert stage.bodies(room, "AwayRequested") == [{"away": True, "by": "code"}]


async def test_the_ladder_can_be_changed_in_mid_call(stage: Any, room: str) -> None:
    async with stage.caller(room, ladder=[("say", "The first ladder.", 60)]) as caller:
        await greeted(caller)
        await caller.type("other ladder")
        assert await caller.ended(timeout=20) == "ROOM_DELETED"
    assert (await stage.over(room))["reason"] == "silence"
    assert stage.said(room)[-2:] == ["The other ladder.", "Bye."]


async def test_livekits_own_away_timeout_can_be_changed_in_mid_call(stage: Any, room: str) -> None:
    async with stage.caller(room) as caller:
        await greeted(caller)
        await caller.type("away soon")
        said = await stage.tells(room, "MessageCommitted", role="assistant", text="Changed.")
        silent = await stage.tells(room, "AgentStateChanged", state="listening", after=said.seq)
        away = await stage.tells(room, "CallerStateChanged", state="away", timeout=5)
        assert away.elapsed - silent.elapsed == pytest.approx(1.5, abs=0.4)
        await caller.hang_up()
    await stage.over(room)


async def test_a_key_steps_off_the_ladder(stage: Any, room: str) -> None:
    async with stage.caller(room, phone=Phone(), ladder=[STILL, ("goodbye", "Bye.", 2)]) as caller:
        await greeted(caller)
        first = await stage.tells(room, "LinePlayed", tag="silence")
        await caller.press("1")
        await stage.tells(room, "LinePlayed", tag="silence", after=first.seq)
        await caller.hang_up()
    await stage.over(room)
    assert [text for name, text in steps(stage, room) if name == "Say"] == [STILL[1], STILL[1]]


async def test_the_ladder_survives_a_handoff_and_a_task(stage: Any, room: str) -> None:
    async with stage.caller(room, ladder=[STILL]) as caller:
        await greeted(caller)
        await caller.type("confirm")
        asked = await stage.tells(room, "MessageCommitted", role="assistant", text="Do you agree?")
        inside = await stage.tells(room, "LinePlayed", tag="silence", after=asked.seq)
        await caller.type("yes")
        agreed = await stage.tells(
            room, "MessageCommitted", role="assistant", text="The answer is agreed.", after=inside.seq
        )
        await stage.tells(room, "AgentStateChanged", state="listening", after=agreed.seq)
        await caller.type("hand off")
        other = await stage.tells(room, "MessageCommitted", role="assistant", text="The colleague speaks.")
        await stage.tells(room, "LinePlayed", tag="silence", after=other.seq)
        await caller.hang_up()
    assert (await stage.over(room))["reason"] == "caller_hung_up"
