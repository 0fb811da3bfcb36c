"""After the goodbye, the session plays nothing until the hang-up."""

import asyncio
import json

import pytest
from livekit.agents import Agent, RunContext, function_tool

from offhook import Call, Ending, Limits, OngoingCall, Plan, call_of, serve
from offhook.core.facts import LinePlayed
from offhook.models.offline.rules import Reply
from offhook.testing import ScriptedCaller, SimulatedCall, simulate
from offhook.testing.live.phone import Phone

pytestmark = pytest.mark.slow

BYE = "Our time is up. Goodbye."
REPLIES = {
    "my order": Reply("", "look_up"),
    "tool:look_up": "Your order is on its way and it will be with you on Monday or Tuesday.",
    "what": "I am still here for you.",
}
FINISHED: list[str] = []


class Desk(Agent):
    """An agent whose tool takes as long as a test says."""

    def __init__(self, takes: float, enters: str = "") -> None:
        super().__init__(instructions="You are the front desk.")
        self._takes, self._enters = takes, enters

    async def on_enter(self) -> None:
        if self._enters:
            self.session.say(self._enters)

    @function_tool
    async def look_far(self, ctx: RunContext) -> str:
        """Look up an order, and send an update first."""
        await ctx.update("I am looking.")
        await asyncio.sleep(self._takes)
        return "found"

    @function_tool
    async def look_up(self, ctx: RunContext) -> str:
        """Look up an order."""
        await asyncio.sleep(self._takes)
        FINISHED.append("look_up")
        return "found"


async def speak_on(fact: LinePlayed, ongoing: OngoingCall) -> None:
    if fact.tag == "goodbye" and ongoing.call.metadata == "speaks on":
        ongoing.session.say("One more thing.")
        ongoing.session.generate_reply(instructions="Say one more thing.")
        ongoing.session.update_agent(Desk(1, enters="Hello again."))


def limited(call: Call) -> Plan:
    """Plan a call with a limit of five seconds; the metadata gives the duration of the tool."""
    agent = Desk(float(call.data.get("takes", 1)))  # type: ignore[arg-type]  # this test passes a number
    limits = Limits(seconds=5, goodbye=BYE)
    return Plan(agent=agent, greeting="Hello.", limits=limits, dead_air=None, on={LinePlayed: speak_on})


def takes(seconds: float) -> str:
    return json.dumps({"takes": seconds})


@function_tool
async def finish(ctx: RunContext) -> str:
    """End the call, and then try to say more."""
    call_of(ctx).end(BYE)
    ctx.session.say("One more thing.")
    return "Say one more thing."


@function_tool
async def leave(ctx: RunContext) -> None:
    """End the call without a goodbye."""
    call_of(ctx).end()


@function_tool
async def part(ctx: RunContext) -> None:
    """End the call."""
    call_of(ctx).end("Thank you very much for calling our front desk today. Goodbye.")


def ending(call: Call) -> Plan:
    agent = Agent(instructions="You are the front desk.", tools=[finish, leave, part])
    return Plan(agent=agent, greeting="Hello.", ending=Ending(on_interruption="reconsider"))


server, endless = serve(limited), serve(ending)


async def asks(call: ScriptedCaller) -> None:
    await call.hears("Hello")
    await call.says("where is my order")
    await call.ended(timeout=60)


def assert_last(call: SimulatedCall) -> None:
    """Assert that no sound follows the goodbye, and that the journal has no line that was not played."""
    assert call.said[-1] == BYE
    (spoken,) = (at for at in call.at("LinePlayed") if at > 5)
    assert [began for began, _ in call.sounds if began > spoken + 0.01] == []


@pytest.mark.parametrize("seconds", [round(3.0 + step / 5, 1) for step in range(12)])
def test_an_answer_of_a_tool_is_not_begun_after_the_goodbye(seconds: float) -> None:
    assert_last(simulate(server, asks, replies=REPLIES, phone=Phone(), metadata=takes(seconds)))


@pytest.mark.parametrize("seconds", [4.0, 6.0])
def test_it_is_not_heard_either_while_the_line_cannot_be_closed(seconds: float) -> None:
    FINISHED.clear()
    assert_last(simulate(server, asks, replies=REPLIES, failing=4, metadata=takes(seconds)))
    assert FINISHED == ["look_up"]


@pytest.mark.parametrize("seconds", [3.5, 4.5, 6.0])
def test_what_a_tool_finds_while_the_conversation_went_on_is_not_heard_either(seconds: float) -> None:
    replies = {"my order": Reply("", "look_far"), "tool:look_far": "I look.", "system:": "It is found."}
    assert_last(simulate(server, asks, replies=replies, failing=4, metadata=takes(seconds)))


def test_a_caller_who_speaks_after_the_goodbye_is_not_answered() -> None:
    async def speaks_on(call: ScriptedCaller) -> None:
        await call.hears("Goodbye")
        await call.says("what did you say")
        await call.ended(timeout=60)

    call = simulate(server, speaks_on, replies=REPLIES, failing=4)
    assert call.said[-1] == BYE


def test_nothing_is_said_while_a_line_that_ends_without_a_word_cannot_be_closed() -> None:
    async def speaks_on(call: ScriptedCaller) -> None:
        await call.hears("Hello")
        await call.says("that is all")
        await call.silent(1)
        await call.says("what did you say")
        await call.ended(timeout=60)

    replies = {"that is all": Reply("", "leave"), "what": "I am still here for you."}
    call = simulate(endless, speaks_on, replies=replies, failing=4)
    assert call.said == ["Hello."]
    assert call.reason == "agent_ended"


def test_what_code_says_after_the_goodbye_is_not_heard() -> None:
    assert_last(simulate(server, asks, replies=REPLIES, failing=4, metadata="speaks on"))


def test_what_waits_behind_the_goodbye_is_not_heard() -> None:
    replies = {"my order": Reply("", "finish"), "tool:finish": "And another thing."}
    call = simulate(endless, asks, replies=replies, failing=4)
    assert call.said[-1] == BYE


def test_a_caller_who_calls_the_goodbye_off_is_answered() -> None:
    async def reconsiders(call: ScriptedCaller) -> None:
        await call.hears("Hello")
        await call.says("that is all")
        await call.silent(2.5)
        await call.says("wait")
        await call.hears("I wait")
        await call.hangs_up()

    call = simulate(endless, reconsiders, replies={"that is all": Reply("", "part"), "wait": "I wait."})
    assert call.said[-1] == "I wait."
    assert call.reason == "caller_hung_up"
