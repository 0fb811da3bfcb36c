"""`forget` in a whole simulated call: during the caller's turn, and during a preemptive answer."""

from collections.abc import Callable
from typing import Any

import pytest
from livekit.agents import Agent

from offhook import Call, Plan, call_of, serve
from offhook.core.facts import MessageCommitted
from offhook.testing import ScriptedCaller

REPLIES = {"my card is": "Fine.", "please forget": "Your card is 47x11.", "what now": "Nothing."}
REQUESTS: list[list[str]] = []
OUTCOMES: list[str] = []


class Desk(Agent):
    def llm_node(self, chat_ctx: Any, tools: Any, model_settings: Any) -> Any:
        REQUESTS.append([item.text_content for item in chat_ctx.items if item.type == "message"])
        return Agent.default.llm_node(self, chat_ctx, tools, model_settings)


class InTheTurn(Desk):
    async def on_user_turn_completed(self, turn_ctx: Any, new_message: Any) -> None:
        if "forget" in new_message.text_content:
            OUTCOMES.append(await call_of(self.session).forget())


async def at_the_words(fact: MessageCommitted, call: Any) -> None:
    if fact.role == "user" and "forget" in fact.text:
        OUTCOMES.append(await call.forget())


async def script(call: ScriptedCaller) -> None:
    await call.hears("Hello")
    await call.says("my card is 47x11")
    await call.hears("Fine")
    await call.says("please forget 47x11")
    await call.hears("Your card")
    await call.says("what now")
    await call.hears("Nothing")
    await call.hangs_up()


def _plan(agent: Agent, on: dict[Any, Any]) -> Plan:
    early = {"preemptive_generation": {"enabled": True}}
    return Plan(agent=agent, greeting="Hello.", on=on, session={"turn_handling": early})


def in_the_turn(call: Call) -> Plan:
    return _plan(InTheTurn(instructions="desk"), {})


def by_a_handler(call: Call) -> Plan:
    return _plan(Desk(instructions="desk"), {MessageCommitted: at_the_words})


@pytest.fixture(autouse=True)
def nothing_yet() -> None:
    REQUESTS.clear()
    OUTCOMES.clear()


def test_an_answer_that_was_begun_before_the_turn_was_over_is_forgotten_too(simulate: Callable[..., Any]) -> None:
    call = simulate(serve(in_the_turn), script, replies=REPLIES)
    assert (OUTCOMES, REQUESTS[-1]) == (["deferred"], ["desk", "what now"])
    assert "47x11" not in str(call.records)


def test_a_handler_may_have_it_forgotten_as_soon_as_it_was_said(simulate: Callable[..., Any]) -> None:
    call = simulate(serve(by_a_handler), script, replies=REPLIES)
    assert (OUTCOMES, REQUESTS[-1]) == (["deferred"], ["desk", "what now"])
    assert "47x11" not in str(call.records)
    assert [record.name for record in call.records].count("SpeechRedacted") == 1
