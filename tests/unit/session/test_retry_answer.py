"""Retried answers: the instructions name the text that was played, and tools that were too slow."""

import asyncio
from typing import Any

from livekit.agents import Agent, function_tool

from offhook.models.offline.rules import Reply, Rule
from offhook.session.outbound.retry_answer import CUT_OFF, TOO_SLOW, retry_answer

LOOK = Rule(r"^user:.*\blook\b", Reply(tool="look_up"))
SLOW = Rule(r"^system:The tool that you called", Reply("That takes too long today."))


@function_tool
async def look_up() -> str:
    """Look it up."""
    await asyncio.sleep(600)
    return "found"


def last_instructions(phone: Any) -> str:
    return [text for role, text in phone.desk.requests[-1] if role == "system"][-1]


async def test_a_tool_that_hangs_is_stopped_and_the_model_says_so(pick_up: Any, edge: Any) -> None:
    phone = await pick_up(Agent(instructions="You are the desk.", tools=[look_up]), LOOK, SLOW)
    phone.session.generate_reply(user_input="look it up")
    await asyncio.sleep(30)
    assert last_instructions(phone) == TOO_SLOW
    assert [item.text_content for item in phone.session.history.messages()][-1] == "That takes too long today."
    assert "EndCall" not in edge.names()


async def test_a_second_try_is_told_where_to_go_on(pick_up: Any) -> None:
    phone = await pick_up(Agent(instructions="You are the desk."))
    (heard,) = await phone.says("what are your opening hours")
    await retry_answer(phone.session)
    await asyncio.sleep(1)
    assert last_instructions(phone) == CUT_OFF.format(heard=heard)


async def test_a_second_try_of_what_nobody_heard_begins_anew(pick_up: Any) -> None:
    phone = await pick_up(Agent(instructions="You are the desk."))
    await retry_answer(phone.session)
    await asyncio.sleep(1)
    assert last_instructions(phone) == "You are the desk."
