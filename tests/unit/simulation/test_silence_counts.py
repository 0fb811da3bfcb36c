"""Whole calls with a silence ladder: when silence begins, and which speech a step must not cut off."""

import asyncio

import pytest
from livekit.agents import (
    Agent,
    AgentSession,
    AgentTask,
    JobContext,
    RunContext,
    UserStateChangedEvent,
    function_tool,
)

from offhook import Call, Plan, Server, Silence, ask, call_of, goodbye, say, serve, supervise
from offhook.models.offline.rules import Reply
from offhook.testing import ScriptedCaller, SimulatedCall, simulate
from offhook.testing.live.phone import Phone

LADDER = Silence(say("Still there?", after=8), goodbye("Bye bye.", after=8))


def silences(call: SimulatedCall) -> list[float]:
    """The last silences of a call, those before each step and the hang-up."""
    return [round(one.seconds, 1) for one in call.silences if one.seconds > 2]


async def waits(call: ScriptedCaller) -> None:
    await call.hears("Hello")
    await call.says("hold the line please")
    await call.ended(timeout=900)


@function_tool
async def hangs(ctx: RunContext) -> str:
    """A tool that does not return during the call."""
    await asyncio.sleep(3600)
    return "done"


@function_tool
async def holds(ctx: RunContext) -> str:
    """A pause that no code ends."""
    call_of(ctx).pause("hold")
    return "Say that you wait."


def plan(call: Call) -> Plan:
    agent = Agent(instructions="You are the front desk.", tools=[hangs, holds])
    return Plan(agent=agent, greeting="Hello.", silence=LADDER, dead_air=None)


server = serve(plan)


def test_the_cap_of_a_tool_that_hangs_counts_once() -> None:
    call = simulate(server, waits, replies={"hold the line": Reply("One moment.", "hangs")}, longest=2000)
    assert call.reason == "silence"
    *_, first, second = silences(call)
    assert first > 60
    assert second == pytest.approx(8, abs=0.3)


def test_the_cap_of_a_pause_that_nobody_ends_counts_once() -> None:
    replies = {"hold the line": Reply("", "holds"), "tool:holds": "I wait."}
    call = simulate(server, waits, replies=replies, longest=2000)
    assert call.reason == "silence"
    *_, first, second = silences(call)
    assert first == pytest.approx(308, abs=2)
    assert second == pytest.approx(8, abs=0.3)


class CallBack(AgentTask[str]):
    """Asks when to call back."""

    def __init__(self) -> None:
        super().__init__(instructions="Ask when to call back.")

    async def on_enter(self) -> None:
        self.session.say("When shall we call you back?")

    @function_tool
    async def note(self, ctx: RunContext) -> None:
        """Take the caller's answer."""
        self.complete("monday")


class Desk(Agent):
    """Has a tool that asks the caller a question."""

    def __init__(self) -> None:
        super().__init__(instructions="You are the front desk.")

    @function_tool
    async def call_back(self, ctx: RunContext) -> str:
        """Arrange a callback."""
        return await CallBack()


OFFER = Silence(
    ask("Offer a call back.", after=8, tool="call_back"), say("Still there?", after=8), goodbye("Bye bye.", after=8)
)
TASK = {
    "system:.*Offer a call back": Reply("", "call_back"),
    "on monday": Reply("", "note"),
    "what": "I mean the day.",
    "tool:call_back": "We will call you on Monday.",
}


def desk(call: Call) -> Plan:
    return Plan(agent=Desk(), greeting="Hello.", silence=OFFER)


offering = serve(desk)


def test_the_next_step_does_not_break_off_the_task_that_a_step_has_opened() -> None:
    async def answers_late(call: ScriptedCaller) -> None:
        await call.hears("When shall we call you")
        await call.hears("Still there?", timeout=10)
        await call.says("on monday")
        await call.hears("We will call you on Monday")
        await call.hangs_up()

    call = simulate(offering, answers_late, replies=TASK)
    assert call.said[-3:] == ["When shall we call you back?", "Still there?", "We will call you on Monday."]


def test_a_step_whose_task_still_talks_to_the_caller_is_not_taken_again() -> None:
    async def hesitates(call: ScriptedCaller) -> None:
        await call.hears("When shall we call you")
        await call.says("what")
        await call.hears("I mean the day")
        await call.ended(timeout=60)

    call = simulate(offering, hesitates, replies=TASK)
    assert (call.reason, call.tools) == ("silence", ["call_back"])
    assert call.said[-3:] == ["I mean the day.", "Still there?", "Bye bye."]


nudging = Server()


@nudging.rtc_session()
async def entrypoint(ctx: JobContext) -> None:
    session = AgentSession[None](
        stt="deepgram/nova-3", llm="openai/gpt-4.1-mini", tts="cartesia/sonic-3", user_away_timeout=10
    )
    asking: list[asyncio.Task[None]] = []

    async def nudge() -> None:
        while True:
            if ctx.job.metadata == "say":
                await session.say("Do you need more time?")
            else:
                await session.generate_reply(instructions="Nudge them.")
            await asyncio.sleep(7)

    @session.on("user_state_changed")
    def idle(event: UserStateChangedEvent) -> None:
        for task in asking:
            task.cancel()
        asking.clear()
        if event.new_state == "away":
            asking.append(asyncio.create_task(nudge(), name="nudge"))

    async with supervise(ctx, session, silence=LADDER):
        await session.start(Agent(instructions="Be brief."), room=ctx.room)
        await session.say("Welcome.")


@pytest.mark.parametrize("nudges", ["say", "generate_reply"])
def test_a_nudge_of_the_agents_own_does_not_keep_a_silent_caller_on_the_line(nudges: str) -> None:
    replies = {"system:.*Nudge them": "Do you need more time?"}
    call = simulate(nudging, metadata=nudges, stays=300, replies=replies)
    assert call.reason == "silence"
    assert call.seconds < 30
    assert call.said[-1] == "Bye bye."


@pytest.mark.parametrize("rings", [5, 15, 30])
def test_nothing_is_said_to_a_phone_that_rings(rings: float) -> None:
    async def answers(call: ScriptedCaller) -> None:
        await call.silent(rings)
        await call.becomes("active")
        await call.hears("Hello")
        await call.hears("Still there?", timeout=10)
        await call.hangs_up()

    call = simulate(server, answers, phone=Phone(status="ringing"))
    assert call.said == ["Hello.", "Still there?"]
    assert silences(call) == [8.0]
