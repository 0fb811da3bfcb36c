"""Code of an agent collects phone keys: in a tool and in a handler, with a prompt, and with words in their place."""

from typing import Any

import pytest
from livekit.agents import Agent, RunContext, function_tool

from offhook import Call, Collected, OngoingCall, Plan, Silence, call_of, goodbye, say, serve
from offhook.core.errors import OffhookError
from offhook.facts import KeyPressed, MessageCommitted
from offhook.models.offline.rules import Reply
from offhook.testing import Phone, ScriptedCaller, SimulatedCall, simulate

LADDER = Silence(say("Still there?", after=4), goodbye("Goodbye.", after=30))
RESULTS: list[Collected] = []
ERRORS: list[str] = []


@function_tool
async def ask_pin(ctx: RunContext[Any]) -> str:
    """Ask for the pin."""
    RESULTS.append(got := await call_of(ctx).collect(4, prompt="Please enter your pin.", timeout=12))
    return f"pin {got.keys} {got.ended}"


async def on_message(message: MessageCommitted, ongoing: OngoingCall) -> None:
    if message.text == "by handler":
        RESULTS.append(await ongoing.collect(digits=None, timeout=20))


async def on_key(key: KeyPressed, ongoing: OngoingCall) -> None:
    if key.digit == "9":
        try:
            await ongoing.collect(4)
        except OffhookError as error:
            ERRORS.append(str(error))


def plan(call: Call) -> Plan:
    agent = Agent(instructions="You are the front desk.", tools=[ask_pin])
    return Plan(agent=agent, greeting="Hello.", silence=LADDER, on={MessageCommitted: on_message, KeyPressed: on_key})


server = serve(plan)
REPLIES = {
    "my pin": Reply(tool="ask_pin"),
    "opening": "We are open all day.",
    "tool:.*complete": "Thank you.",
    "tool:.*pin": "That was no pin.",
}


@pytest.fixture(autouse=True)
def no_results() -> None:
    RESULTS.clear()
    ERRORS.clear()


def played(*steps: Any) -> SimulatedCall:
    async def caller(call: ScriptedCaller) -> None:
        await call.hears("Hello.")
        await call.says("my pin")
        for step in steps:
            await step(call)
        await call.hangs_up()

    return simulate(server, caller, phone=Phone(), replies=REPLIES)


def test_a_tool_collects_keys_after_its_prompt_and_the_ladder_waits() -> None:
    call = played(
        lambda call: call.hears("Please enter your pin."),
        lambda call: call.silent(8),
        lambda call: call.presses("1234"),
        lambda call: call.hears("Thank you."),
    )
    assert [Collected("1234", ended="complete")] == RESULTS
    assert call.said == ["Hello.", "Please enter your pin.", "Thank you."]


def test_the_first_key_stops_the_prompt() -> None:
    call = played(
        lambda call: call.silent(1.5), lambda call: call.presses("1234"), lambda call: call.hears("Thank you.")
    )
    assert [Collected("1234", ended="complete")] == RESULTS
    (prompt,) = [r for r in call.records if r.name == "MessageCommitted" and str(r.body["text"]).startswith("Please")]
    assert prompt.body["interrupted"]


def test_words_in_place_of_keys_are_returned_and_answered() -> None:
    call = played(
        lambda call: call.hears("Please enter"),
        lambda call: call.says("opening hours"),
        lambda call: call.hears("open all day"),
    )
    assert [Collected("", "opening hours", "words")] == RESULTS
    assert call.reason == "caller_hung_up"


def test_a_handler_collects_for_longer_than_a_handler_may_take() -> None:
    async def caller(call: ScriptedCaller) -> None:
        await call.hears("Hello.")
        await call.says("by handler")
        await call.silent(15)
        await call.presses("77#")
        await call.hangs_up()

    simulate(server, caller, phone=Phone(), replies={"by handler": "Go on."})
    assert [Collected("77", ended="end_key")] == RESULTS


def test_two_collections_at_once_are_an_error() -> None:
    async def caller(call: ScriptedCaller) -> None:
        await call.hears("Hello.")
        await call.says("my pin")
        await call.hears("Please enter")
        await call.presses("9234")
        await call.hears("Thank you.")
        await call.hangs_up()

    simulate(server, caller, phone=Phone(), replies=REPLIES)
    assert ERRORS == ["keys are being collected already; wait for that result"]


def test_a_caller_who_presses_nothing_is_answered_after_the_time_out() -> None:
    call = played(lambda call: call.hears("Please enter"), lambda call: call.hears("That was no pin.", timeout=20))
    assert [Collected(ended="timeout")] == RESULTS
    assert "Still there?" not in call.said


def test_a_caller_who_hangs_up_ends_the_collection() -> None:
    played(lambda call: call.hears("Please enter"), lambda call: call.presses("12"))
    assert [Collected("12", ended="call_over")] == RESULTS
