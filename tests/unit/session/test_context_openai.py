"""Changes of instructions and context with OpenAI's plugins; the next LLM request has them."""

import asyncio
from typing import Any

import pytest
from livekit.agents import Agent

from .provided import CHAT, EVERY, HELLO, PROMPT, Desk, Holding, Kitchen, desk, looking, play, system

pytestmark = pytest.mark.slow

LOOKED = [("user", "look"), ("call", "look"), ("result", "Nothing there."), ("assistant", "I have looked.")]


@pytest.fixture(params=CHAT)
def on(request: pytest.FixtureRequest, edge: Any) -> dict[str, Any]:
    return {"edge": edge, "make": CHAT[request.param]}


def test_instructions_are_replaced_added_to_and_restored(on: dict[str, Any]) -> None:
    async def scene(now: Desk) -> None:
        await now.says("hello")
        await now.call.instruct("You are the kitchen.")
        await now.says("hello")
        await now.call.instruct("Be brief.", append=True)
        await now.says("hello")
        await now.call.restore_instructions()
        await now.says("hello")
        texts = [PROMPT, "You are the kitchen.", "You are the kitchen.\n\nBe brief.", PROMPT]
        shown = [[system(text), *HELLO * count, ("user", "hello")] for count, text in enumerate(texts)]
        assert [[(line.role, line.text) for line in asked.lines] for asked in now.asked] == shown
        await now.call.restore_instructions()
        assert on["edge"].names().count("InstructionsChanged") == 3

    play(scene, desk(), **on)


def test_instructions_changed_in_a_tool_are_in_the_answer_to_it(on: dict[str, Any]) -> None:
    async def change() -> None:
        await calls[0].call.instruct("Be brief.", append=True)

    async def scene(now: Desk) -> None:
        calls.append(now)
        await now.says("look")
        assert now.shown == [system(f"{PROMPT}\n\nBe brief."), *LOOKED[:3]]
        assert now.whole()

    calls: list[Desk] = []
    play(scene, desk(looking(change)), **on)


@pytest.mark.parametrize("model", EVERY)
def test_sticky_instructions_are_in_the_first_request_of_an_agent_that_speaks_at_once(edge: Any, model: str) -> None:
    async def scene(now: Desk) -> None:
        await now.call.instruct("Speak German.", append=True, sticky=True)
        now.session.update_agent(Kitchen())
        await now.asks(1)
        assert now.shown == [system("You are the kitchen.\n\nSpeak German."), ("user", "begin")]
        assert "You are the kitchen." not in [one["session"].get("instructions") for one in now.sent("session.update")]

    play(scene, desk(), edge=edge, make=EVERY[model])


def test_what_sticks_to_an_agent_is_given_to_it_once(on: dict[str, Any]) -> None:
    async def scene(now: Desk) -> None:
        first, kitchen = now.session.current_agent, Agent(instructions="You are the kitchen.")
        await now.call.instruct("Speak German.", append=True, sticky=True)
        for agent in (kitchen, first):
            now.session.update_agent(agent)
            await asyncio.sleep(1)
        await now.call.instruct("Be brief.", append=True, sticky=True)
        now.session.update_agent(kitchen)
        await asyncio.sleep(1)
        await now.says("hello")
        assert now.shown[0] == system("You are the kitchen.\n\nSpeak German.\n\nBe brief.")

    play(scene, desk(), **on)


@pytest.mark.parametrize("keep", [0, 1, 2, 4, 9])
def test_a_context_is_cut_to_so_many_items_however_often_it_was_changed(on: dict[str, Any], keep: int) -> None:
    async def scene(now: Desk) -> None:
        await now.says("hello")
        await now.says("what")
        await now.call.instruct("Be brief.", append=True)
        assert await now.call.reset_context(keep=keep) == "done"
        await now.says("hello")
        said = [*HELLO, ("user", "what"), ("assistant", "Answer to what")]
        left = said[-keep:] if keep else []
        assert now.shown == [system(f"{PROMPT}\n\nBe brief."), *left, ("user", "hello")]

    play(scene, desk(), **on)


async def nothing() -> None:
    """Find nothing."""


@pytest.mark.parametrize(("keep", "left"), [(4, LOOKED), (3, LOOKED[1:]), (2, LOOKED[3:]), (1, LOOKED[3:])])
def test_a_cut_leaves_no_half_of_a_tool_call(on: dict[str, Any], keep: int, left: list[Any]) -> None:
    async def scene(now: Desk) -> None:
        await now.says("look")
        await now.call.reset_context(keep=keep)
        await now.says("hello")
        assert now.shown == [system(PROMPT), *left, ("user", "hello")]
        assert now.whole()

    play(scene, desk(looking(nothing)), **on)


def test_tool_calls_are_dropped_where_they_are_not_wanted(on: dict[str, Any]) -> None:
    async def scene(now: Desk) -> None:
        await now.says("look")
        await now.call.reset_context(keep=9, tools=False)
        await now.says("hello")
        assert now.shown == [system(PROMPT), LOOKED[0], LOOKED[3], ("user", "hello")]

    play(scene, desk(looking(nothing)), **on)


def test_a_context_cut_in_a_tool_is_cut_when_its_answer_is_over(on: dict[str, Any]) -> None:
    async def clear() -> None:
        await asyncio.sleep(5)
        outcomes.append(await calls[0].call.reset_context())

    async def scene(now: Desk) -> None:
        calls.append(now)
        await now.says("hello")
        await now.says("look")
        assert now.shown == [system(PROMPT), *HELLO, *LOOKED[:3]]
        await now.says("hello")
        assert (outcomes, now.shown) == (["deferred"], [system(PROMPT), ("user", "hello")])
        assert now.whole()

    calls: list[Desk] = []
    outcomes: list[str] = []
    play(scene, desk(looking(clear)), **on)


def test_a_message_added_in_a_tool_does_not_come_between_call_and_result(on: dict[str, Any]) -> None:
    async def note() -> None:
        await calls[0].call.add_message("Her name is Ada.", role="user")

    async def scene(now: Desk) -> None:
        calls.append(now)
        await now.says("look")
        await now.says("hello")
        assert ("user", "Her name is Ada.") in now.shown
        assert now.whole()

    calls: list[Desk] = []
    play(scene, desk(looking(note)), **on)


def test_a_message_is_added_silently_or_with_an_answer(on: dict[str, Any]) -> None:
    async def scene(now: Desk) -> None:
        assert await now.call.add_message("Her name is Ada.") == "done"
        await asyncio.sleep(5)
        assert now.asked == []
        await now.call.add_message("Are you there?", role="user", answer=True)
        await now.asks(1)
        assert now.shown == [system(PROMPT), system("Her name is Ada."), ("user", "Are you there?")]

    play(scene, desk(), **on)


def test_changes_while_the_model_answers_are_in_the_next_request(on: dict[str, Any]) -> None:
    async def scene(now: Desk) -> None:
        hook = now.sandbox.openai.hook
        assert isinstance(hook, Holding)
        running = asyncio.create_task(now.says("hello"))
        await hook.held.wait()
        await now.call.instruct("Be brief.")
        await now.call.reset_context()
        hook.go.set()
        await running
        await now.says("hello")
        assert now.shown == [system("Be brief."), HELLO[1], ("user", "hello")]

    play(scene, desk(), hook=Holding, **on)


def test_changes_during_a_goodbye_are_in_the_next_request_and_nothing_is_said_over_it(on: dict[str, Any]) -> None:
    async def scene(now: Desk) -> None:
        now.supervisor.ports.voice = on["edge"]
        await now.says("hello")
        now.call.end("Goodbye.")
        await asyncio.sleep(0.3)
        await now.call.instruct("Be brief.")
        await now.call.reset_context()
        await now.call.add_message("Are you there?", role="user", answer=True)
        await now.says("hello")
        assert now.shown == [system("Be brief."), ("user", "Are you there?"), ("user", "hello")]
        assert len(now.asked) == 2
        assert (await now.ended).reason == "agent_ended"

    play(scene, desk(), **on)


def test_what_is_forgotten_is_in_no_later_request(on: dict[str, Any]) -> None:
    async def scene(now: Desk) -> None:
        await now.says("look")
        await now.call.forget()
        await now.says("hello")
        assert now.shown == [system(PROMPT), ("user", "hello")]

    play(scene, desk(looking(nothing)), **on)


def test_a_forgetting_in_a_tool_waits_for_its_answer(on: dict[str, Any]) -> None:
    async def forget() -> None:
        outcomes.append(await calls[0].call.forget())

    async def scene(now: Desk) -> None:
        calls.append(now)
        await now.says("look")
        await now.says("hello")
        assert (outcomes, now.shown) == (["deferred"], [system(PROMPT), ("user", "hello")])
        assert "I have looked." not in [one.text_content for one in now.session.history.messages()]

    calls: list[Desk] = []
    outcomes: list[str] = []
    play(scene, desk(looking(forget)), **on)
