"""Speeches that the agent's code starts are marked in the facts, in whole calls."""

import asyncio
from typing import Any

import pytest
from livekit.agents import Agent, RunContext, function_tool

from offhook import Call, OngoingCall, Plan, serve
from offhook.core.facts import KeyPressed
from offhook.models.offline.rules import Reply
from offhook.testing import ScriptedCaller, SimulatedCall, simulate


class Desk(Agent):
    """Agent whose code speaks, and which has a slow tool."""

    def __init__(self) -> None:
        super().__init__(instructions="You are the front desk.")

    @function_tool
    async def look_up(self, ctx: RunContext[Any]) -> str:
        """Look an order up."""
        await ctx.update("I am looking.")
        await asyncio.sleep(10)
        return "it is on its way"


async def speaks(fact: KeyPressed, ongoing: OngoingCall) -> None:
    if fact.digit == "1":
        ongoing.session.say("A line of code's.")
    else:
        ongoing.session.generate_reply(instructions="Say more.")


def plan(call: Call) -> Plan:
    return Plan(agent=Desk(), greeting="Hello.", on={KeyPressed: speaks})


server = serve(plan)


def by_code(call: SimulatedCall) -> list[tuple[str, bool]]:
    """The agent's lines, each with True if it is marked as started by code."""
    lines, speech = [], ""
    for record in call.records:
        if record.name == "AgentStateChanged" and record.body["state"] == "speaking":
            speech = str(record.body["speech"])
        if record.name == "MessageCommitted" and record.body["role"] == "assistant":
            lines.append((str(record.body["text"]), bool(speech)))
    return lines


def test_an_answer_to_the_caller_is_none() -> None:
    async def asks(call: ScriptedCaller) -> None:
        await call.hears("Hello")
        await call.says("when do you open")
        await call.hears("At eight")
        await call.hangs_up()

    call = simulate(server, asks, replies={"open": "At eight."})
    assert by_code(call) == [("Hello.", True), ("At eight.", False)]


@pytest.mark.parametrize(("key", "line"), [("1", "A line of code's."), ("2", "And more.")])
def test_what_code_says_is_one(key: str, line: str) -> None:
    async def presses(call: ScriptedCaller) -> None:
        await call.hears("Hello")
        await call.presses(key)
        await call.hears(line)
        await call.hangs_up()

    call = simulate(server, presses, replies={"system:Say more": "And more."})
    assert by_code(call)[-1] == (line, True)


def test_what_a_tool_found_is_none_however_late_it_comes() -> None:
    async def waits(call: ScriptedCaller) -> None:
        await call.hears("Hello")
        await call.says("where is my order")
        await call.hears("I look")
        await call.hears("on its way", timeout=20)
        await call.hangs_up()

    replies = {
        "my order": Reply("", "look_up"),
        "tool:look_up.*on its way": "Your order is on its way.",
        "tool:look_up": "I look for it.",
        "system:": "Your order is on its way.",
    }
    call = simulate(server, waits, replies=replies)
    assert by_code(call)[1:] == [("I look for it.", False), ("Your order is on its way.", False)]
