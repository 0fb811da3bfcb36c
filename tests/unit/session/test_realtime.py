"""Changes during a call of OpenAI's Realtime model, in the running session."""

import asyncio
import time
from typing import Any

import pytest

from offhook.testing.sandbox import Event, Refusal, Request
from offhook.testing.sandbox.hook import Hook

from .provided import HELLO, PROMPT, REALTIME, Desk, desk, failures, looking, play, system


@pytest.fixture
def on(edge: Any) -> dict[str, Any]:
    return {"edge": edge, "make": REALTIME}


def test_instructions_are_with_the_model_before_the_next_answer(on: dict[str, Any]) -> None:
    async def scene(now: Desk) -> None:
        await now.says("hello")
        assert await now.call.instruct("You are the kitchen.") == "done"
        await now.says("what")
        assert await now.call.instruct("Be brief.", append=True) == "done"
        await now.says("what")
        assert await now.call.restore_instructions() == "done"
        await now.says("what")
        texts = [PROMPT, "You are the kitchen.", "You are the kitchen.\n\nBe brief.", PROMPT]
        assert [asked.lines[0].text for asked in now.asked] == texts
        order = [one.body["type"] for one in now.sandbox.requests if one.how == "message"]
        last = [kind for kind in order if kind in ("session.update", "response.create")][-2:]
        assert last == ["session.update", "response.create"]

    play(scene, desk(), **on)


@pytest.mark.parametrize("keep", [0, 1, 2, 9])
def test_a_context_is_cut_by_deleting_items(on: dict[str, Any], keep: int) -> None:
    async def scene(now: Desk) -> None:
        await now.says("hello")
        await now.call.instruct("Be brief.")
        assert await now.call.reset_context(keep=keep) == "done"
        assert len(now.sent("conversation.item.delete")) == max(2 - keep, 0)
        await now.says("what")
        left = HELLO[-keep:] if keep else []
        assert now.shown == [system("Be brief."), *left, ("user", "what")]

    play(scene, desk(), **on)


def test_an_added_system_message_is_cut_with_the_rest(on: dict[str, Any]) -> None:
    async def scene(now: Desk) -> None:
        await now.call.add_message("Her name is Ada.")
        await now.says("hello")
        assert now.shown == [system(PROMPT), system("Her name is Ada."), ("user", "hello")]
        await now.call.reset_context()
        await now.says("hello")
        assert now.shown == [system(PROMPT), ("user", "hello")]

    play(scene, desk(), **on)


def test_a_context_cut_in_a_tool_is_cut_when_its_answer_is_over(on: dict[str, Any]) -> None:
    async def clear() -> None:
        outcomes.append(await calls[0].call.reset_context())

    async def scene(now: Desk) -> None:
        calls.append(now)
        await now.says("look")
        await now.asks(2)
        await asyncio.sleep(1)
        await now.says("hello")
        assert (outcomes, now.shown) == (["deferred"], [system(PROMPT), ("user", "hello")])
        assert now.whole()

    calls: list[Desk] = []
    outcomes: list[str] = []
    play(scene, desk(looking(clear)), **on)


def test_a_message_is_added_with_an_answer(on: dict[str, Any]) -> None:
    async def scene(now: Desk) -> None:
        assert await now.call.add_message("Are you there?", role="user", answer=True) == "done"
        await now.asks(1)
        assert now.shown == [system(PROMPT), ("user", "Are you there?")]

    play(scene, desk(), **on)


def test_what_the_session_has_and_the_agent_does_not_survives_an_added_message(on: dict[str, Any]) -> None:
    async def scene(now: Desk) -> None:
        await now.says("hello")
        await now.call.instruct("Be brief.")
        session = now.session.current_agent.realtime_llm_session
        heard = session.chat_ctx.copy()
        heard.add_message(role="user", content="spoken just now", id="item_1")
        await session.update_chat_ctx(heard)
        assert now.session.current_agent.chat_ctx.get_by_id("item_1") is None
        await now.call.add_message("Her name is Ada.")
        assert now.sent("conversation.item.delete") == []
        await now.says("what")
        added = [("user", "spoken just now"), system("Her name is Ada."), ("user", "what")]
        assert now.shown == [system("Be brief."), *HELLO, *added]

    play(scene, desk(), **on)


@pytest.mark.parametrize("keep", [1, 2, 3, 4])
def test_a_cut_leaves_no_half_of_a_tool_call(on: dict[str, Any], keep: int) -> None:
    async def nothing() -> None:
        """Find nothing."""

    async def scene(now: Desk) -> None:
        await now.says("look")
        assert await now.call.reset_context(keep=keep) == "done"
        await now.says("hello")
        assert now.shown[-2:] == [("assistant", "I have looked."), ("user", "hello")]
        assert now.whole()

    play(scene, desk(looking(nothing)), **on)


class Deaf(Hook):
    """Hook that drops the confirmation of deleted items."""

    async def before_event(self, event: Event) -> str | bytes | None:
        return None if event.kind == "conversation.item.deleted" else event.payload


def test_what_is_not_confirmed_in_5_s_has_failed_and_is_told(on: dict[str, Any]) -> None:
    async def scene(now: Desk) -> None:
        await now.says("hello")
        began = time.time()
        assert await now.call.reset_context() == "failed"
        assert time.time() - began == pytest.approx(5, abs=0.1)

    play(scene, desk(), hook=Deaf, **on)
    assert failures(on["edge"]) == [
        {"what": "cut the context", "error": "RealtimeError: update_chat_ctx timed out."},
    ]
    assert "ContextReset" not in on["edge"].names()


class Stubborn(Hook):
    """Hook that refuses every deletion."""

    async def before_answer(self, request: Request) -> Refusal | None:
        return Refusal(400) if request.body.get("type") == "conversation.item.delete" else None


def test_a_refused_deletion_is_no_cut(on: dict[str, Any]) -> None:
    async def scene(now: Desk) -> None:
        await now.says("hello")
        assert await now.call.reset_context() == "failed"

    play(scene, desk(), hook=Stubborn, **on)
    (failed,) = failures(on["edge"])
    assert failed["error"].endswith("the model's session still has 2 of the items")
