"""A call ends normally if its supervised session never starts, fails to start, or is abandoned by its own code."""

import asyncio
from typing import Any

import pytest
from livekit.agents import Agent, AgentServer, AgentSession, JobContext
from livekit.agents.voice.room_io import RoomOptions

from offhook import OngoingCall, supervise
from offhook.testing import Phone, ScriptedCaller, SimulatedCall, simulate

HOW: list[str] = []
KEPT: list[object] = []
SORRY = "I am sorry, something went wrong on our side. Please call again."
server = AgentServer()


@server.rtc_session()
async def entrypoint(ctx: JobContext) -> None:
    session: Any = AgentSession(stt=object(), llm=object(), tts=object(), vad=object())  # type: ignore[call-overload]  # the simulation replaces them
    agent, (how,) = Agent(instructions="You are the front desk."), HOW
    options = RoomOptions(audio_output=how != "no sound")
    if how == "started before":
        await ctx.connect()
        await session.start(agent, room=ctx.room)
    async with supervise(ctx, session, greeting="Hello there.") as ongoing:
        await before(how, ongoing)
        if how == "in a task":
            KEPT[:] = [asyncio.create_task(session.start(agent, room=ctx.room))]
        elif how == "no room":
            await session.start(agent)
        elif how not in ("never starts", "started before"):
            await session.start(agent, room=ctx.room, room_options=options)
        await behind(how, ctx, ongoing)


async def before(how: str, ongoing: OngoingCall) -> None:
    if how == "hangs before":
        await asyncio.Event().wait()
    if how == "starts late on hold":
        ongoing.pause("hold")
    if how.startswith("starts late"):
        await asyncio.sleep(30)


async def behind(how: str, ctx: JobContext, ongoing: OngoingCall) -> None:
    if how == "starts late on hold":
        ongoing.resume("hold")
    if how.startswith("disconnects"):
        await asyncio.sleep(5)
        if how == "disconnects untold":
            emit = ctx.room.emit
            setattr(ctx.room, "emit", lambda event, *given: event == "disconnected" or emit(event, *given))  # noqa: B010
        await ctx.room.disconnect()
    if how == "lets a cancellation out":
        task = asyncio.create_task(asyncio.sleep(9))
        task.cancel()
        await task


def play(how: str, **options: Any) -> SimulatedCall:
    async def caller(call: ScriptedCaller) -> None:
        await call.silent(50)

    HOW[:] = [how]
    return simulate(server, caller, stays=1, **options)


@pytest.mark.parametrize(
    ("how", "seconds", "why"),
    [
        ("never starts", 6, "without a started session: call `await session.start(…)`"),
        ("hangs before", 26, "did not start within 20 s"),
        ("starts late", 26, "did not start within 20 s"),
        ("no room", 6, "start it with `await session.start(agent, room=ctx.room)`"),
        ("lets a cancellation out", 6, "CancelledError"),
    ],
)
def test_the_caller_hears_an_apology_and_the_end_says_what_to_do(how: str, seconds: float, why: str) -> None:
    call = play(how)
    assert call.reason == "error"
    assert why in call.detail
    assert call.said[-1] == SORRY
    assert call.seconds < seconds


def test_a_phone_whose_session_has_no_sound_hears_an_apology() -> None:
    call = play("no sound", phone=Phone())
    assert (call.reason, call.said[-1]) == ("error", SORRY)
    assert "without `audio_output=False`" in call.detail


@pytest.mark.parametrize("how", ["as it should", "in a task", "starts late on hold", "started before", "no sound"])
def test_who_may_be_understood_is_left_alone(how: str) -> None:
    call = play(how)
    assert (call.reason, set(call.said)) == ("caller_hung_up", {"Hello there."})


@pytest.mark.parametrize("how", ["disconnects", "disconnects untold"])
def test_own_code_that_leaves_the_room_does_not_leave_the_caller_in_it(how: str) -> None:
    """The call ends also if the SDK emits no event."""
    call = play(how)
    assert (call.reason, call.detail) == ("agent_ended", "room.disconnect()")
    assert call.asked == ("delete_room",)
    assert call.seconds < 7
