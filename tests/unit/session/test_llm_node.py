"""Hedged second LLM requests, and the limit for repeated tool calls."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from livekit.agents import Agent, function_tool

from offhook.core.dead_air import DeadAir
from offhook.core.facts import Planned
from offhook.session.llm_node.tool_call_filter import REFUSED
from offhook.testing.faults.behaviours import Hanging, Slow
from offhook.testing.sandbox import Answer, Asked

from .provided import CHAT, PROMPT, REALTIME, Desk, desk, play

SAME = "the limit is 2 calls in one turn with the same arguments and the same output"
SECRET = "4111111111111111"
THREE = Planned(dead_air=DeadAir(max_same_calls=3))


@function_tool
async def pay(card: str) -> str:
    """Pay with a card."""
    return "try again"


def circling(asked: Asked) -> Answer | str:
    """Call `pay` with the same card while the tool is available."""
    if "pay" in asked.tools:
        return Answer(tool="pay", arguments={"card": SECRET})
    return "I could not pay."


def said(desk: Desk) -> list[str]:
    return [item.text_content or "" for item in desk.session.history.messages() if item.role == "assistant"]


@pytest.mark.slow
@pytest.mark.parametrize("make", CHAT.values(), ids=CHAT)
def test_the_third_same_call_is_not_run_and_the_caller_hears_words(edge: Any, make: Any) -> None:
    async def scene(desk: Desk) -> None:
        await desk.says("pay")
        assert desk.shown[-1] == ("result", REFUSED.format(why=SAME))
        assert said(desk) == ["I could not pay."]
        assert edge.names().count("ToolStarted") == 2
        assert edge.find("ToolRefused").body == {"name": "pay", "why": SAME}
        await desk.says("and now?")
        assert edge.names().count("ToolStarted") == 4

    play(scene, desk(pay), edge=edge, make=make, brain=circling, planned=THREE)


def test_arguments_are_in_no_log_message(edge: Any, caplog: pytest.LogCaptureFixture) -> None:
    async def scene(desk: Desk) -> None:
        await desk.says("pay")

    with caplog.at_level(logging.INFO):
        play(scene, desk(pay), edge=edge, make=CHAT["chat"], brain=circling, planned=THREE)
    assert SECRET not in caplog.text
    assert SECRET not in str(edge.find("ToolRefused").body)


def test_a_realtime_model_that_goes_in_circles_is_asked_for_words(edge: Any) -> None:
    async def scene(desk: Desk) -> None:
        desk.session.generate_reply(user_input="pay")
        await asyncio.sleep(10)
        assert said(desk) == ["I could not pay."]
        assert edge.names().count("ToolStarted") == 3

    play(scene, desk(pay), edge=edge, make=REALTIME, brain=circling, planned=THREE)


def test_a_slow_model_keeps_its_answer(edge: Any) -> None:
    async def scene(desk: Desk) -> None:
        began = asyncio.get_running_loop().time()
        await desk.says("hello")
        assert asyncio.get_running_loop().time() - began == pytest.approx(8, abs=0.1)
        assert said(desk) == ["Answer to hello"]
        assert (edge.names().count("RequestHedged"), len(desk.asked)) == (1, 1)

    play(scene, desk(), edge=edge, make=CHAT["chat"], hook=lambda: Slow(8, ("post",)))


@pytest.mark.parametrize(("make", "how"), [("chat", "post"), ("responses", "message")])
def test_a_request_that_hangs_is_answered_by_the_second(edge: Any, make: str, how: Any) -> None:
    async def scene(desk: Desk) -> None:
        began = asyncio.get_running_loop().time()
        await desk.says("hello")
        assert asyncio.get_running_loop().time() - began == pytest.approx(6, abs=0.1)
        assert said(desk) == ["Answer to hello"]

    play(scene, desk(), edge=edge, make=CHAT[make], hook=lambda: Hanging((how,), 1))


def test_an_agent_that_the_call_is_handed_over_to_is_watched_too(edge: Any) -> None:
    @function_tool
    async def hand_over() -> Agent:
        """Hand the call over."""
        return desk(pay)

    async def scene(desk: Desk) -> None:
        await desk.says("hand over")
        await desk.says("pay")
        assert edge.find("ToolRefused").body == {"name": "pay", "why": SAME}

    def brain(asked: Asked) -> Answer | str:
        return Answer(tool="hand_over") if "hand_over" in asked.tools else circling(asked)

    play(scene, desk(hand_over), edge=edge, make=CHAT["chat"], brain=brain, planned=THREE)


class Own(Agent):
    """Agent whose own node answers without an LLM."""

    async def llm_node(self, *_: Any) -> Any:
        return "By myself."


class Broken(Agent):
    """Agent whose own node raises after one word."""

    async def llm_node(self, *_: Any) -> AsyncIterator[str]:
        yield "One"
        raise ValueError("no more")


def test_an_agents_own_node_is_asked_and_given_back_after_the_call(edge: Any) -> None:
    agent = Own(instructions=PROMPT)

    async def scene(desk: Desk) -> None:
        await desk.says("hello")
        assert said(desk) == ["By myself."]
        assert "llm_node" in vars(agent)

    play(scene, agent, edge=edge, make=CHAT["chat"])
    assert "llm_node" not in vars(agent)


def test_without_the_watch_nothing_stands_before_an_agent(edge: Any) -> None:
    other = desk()

    async def scene(desk: Desk) -> None:
        desk.call.notice(Planned(dead_air=None))
        desk.session.update_agent(other)
        await desk.says("hello")
        assert said(desk) == ["Answer to hello"]
        assert "llm_node" not in vars(other)

    play(scene, desk(), edge=edge, make=CHAT["chat"])


def test_what_an_agents_own_node_raises_is_raised(edge: Any, caplog: pytest.LogCaptureFixture) -> None:
    async def scene(desk: Desk) -> None:
        desk.session.generate_reply(user_input="hello")
        await asyncio.sleep(3)

    play(scene, Broken(instructions=PROMPT), edge=edge, make=CHAT["chat"])
    assert "no more" in caplog.text
