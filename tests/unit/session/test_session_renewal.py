"""Changes that a Realtime session does not support are made by a new session."""

import asyncio
import time
from collections.abc import Callable
from typing import Any, ClassVar

import pytest
from livekit.agents import Agent, llm
from livekit.plugins import openai

from offhook.core.errors import UnsupportedError
from offhook.core.facts import Ended
from offhook.session.ongoing import call_of
from offhook.testing.sandbox import Refusal, Request
from offhook.testing.sandbox.hook import Hook

from .provided import HELLO, PROMPT, QUICK, Desk, desk, failures, looking, play, system


def like(plugin: str) -> Callable[..., llm.RealtimeModel]:
    """The real plugin under the name of a model with fewer capabilities."""
    named = {"__module__": f"livekit.plugins.{plugin}.realtime"}
    kind = type("Named", (openai.realtime.RealtimeModel,), named)

    def make(url: str, **more: Any) -> llm.RealtimeModel:
        model = kind(model="gpt-realtime", api_key="any", base_url=f"{url}/v1", modalities=["text"], **more)
        assert isinstance(model, llm.RealtimeModel)
        return model

    return make


@pytest.fixture
def rigid(edge: Any) -> dict[str, Any]:
    return {"edge": edge, "make": like("aws")}


class Front(Agent):
    """Agent that counts its `on_enter` calls."""

    entered: ClassVar[list[str]] = []

    def __init__(self) -> None:
        super().__init__(instructions=PROMPT, tools=[])

    async def on_enter(self) -> None:
        self.entered.append("entered")


def connections(now: Desk) -> int:
    return len([one for one in now.sandbox.requests if one.how == "connect"])


def test_a_fresh_session_has_the_new_instructions_and_what_was_said(rigid: dict[str, Any]) -> None:
    async def scene(now: Desk) -> None:
        agent = now.session.current_agent
        await now.says("hello")
        assert await now.call.instruct("You are the kitchen.") == "fresh"
        assert connections(now) == 2
        await now.says("what")
        assert now.shown == [system("You are the kitchen."), *HELLO, ("user", "what")]
        assert now.session.current_agent is agent

    Front.entered.clear()
    play(scene, Front(), **rigid)
    assert Front.entered == ["entered"]
    assert failures(rigid["edge"]) == []


def test_a_fresh_session_knows_no_more_than_was_kept(rigid: dict[str, Any]) -> None:
    async def scene(now: Desk) -> None:
        await now.says("hello")
        assert await now.call.reset_context(keep=1) == "fresh"
        await now.says("what")
        assert now.shown == [system(PROMPT), HELLO[1], ("user", "what")]
        assert await now.call.add_message("Her name is Ada.") == "fresh"
        await now.says("who")
        assert now.shown[-2:] == [system("Her name is Ada."), ("user", "who")]
        assert connections(now) == 3

    play(scene, desk(), **rigid)


def test_a_fresh_session_asked_for_in_a_tool_comes_when_its_answer_is_over(rigid: dict[str, Any]) -> None:
    async def change() -> None:
        began = time.time()
        outcomes.append(await calls[0].call.instruct("You are the kitchen."))
        took.append(time.time() - began)

    async def scene(now: Desk) -> None:
        calls.append(now)
        await now.says("look")
        await now.asks(2)
        await asyncio.sleep(1)
        await now.says("hello")
        assert (outcomes, now.shown[0]) == (["deferred"], system("You are the kitchen."))
        assert connections(now) == 2
        assert now.whole()

    took: list[float] = []
    calls: list[Desk] = []
    outcomes: list[str] = []
    play(scene, desk(looking(change)), **rigid)
    assert took == [pytest.approx(0, abs=0.1)]


class Impatient(Agent):
    """Agent whose `on_enter` requests a renewal, which has to wait for the end of `on_enter`."""

    def __init__(self) -> None:
        super().__init__(instructions=PROMPT)
        self.outcomes: list[str] = []

    async def on_enter(self) -> None:
        await asyncio.sleep(1)
        self.outcomes.append(await call_of(self.session).instruct("You are the kitchen."))


def test_a_fresh_session_asked_for_in_on_enter_comes_after_it(rigid: dict[str, Any]) -> None:
    agent = Impatient()

    async def scene(now: Desk) -> None:
        await asyncio.sleep(15)
        assert agent.outcomes == ["deferred"]
        await now.says("hello")
        assert now.shown == [system("You are the kitchen."), ("user", "hello")]

    play(scene, agent, **rigid)
    assert failures(rigid["edge"]) == []


def test_no_change_outlives_the_call(rigid: dict[str, Any]) -> None:
    enough = asyncio.Event()

    async def scene(now: Desk) -> None:
        running = asyncio.create_task(now.says("look"))
        await asyncio.sleep(5)
        assert await now.call.instruct("You are the kitchen.") == "deferred"
        now.supervisor.post(Ended("caller_hung_up"))
        await asyncio.sleep(0.1)
        assert [task for task in asyncio.all_tasks() if "change the instructions" in task.get_name()] == []
        enough.set()
        await running

    play(scene, desk(looking(enough.wait)), **rigid)


def test_what_sticks_is_told_once_however_often_the_session_is_renewed(rigid: dict[str, Any]) -> None:
    async def scene(now: Desk) -> None:
        assert await now.call.instruct("Speak German.", append=True, sticky=True) == "fresh"
        assert await now.call.reset_context() == "fresh"
        await now.says("hello")
        assert now.shown == [system(f"{PROMPT}\n\nSpeak German."), ("user", "hello")]

    play(scene, desk(), **rigid)
    assert rigid["edge"].names().count("InstructionsChanged") == 1


class Gone(Hook):
    """Hook that accepts only the first connection."""

    connections = 0

    async def before_answer(self, request: Request) -> Refusal | None:
        self.connections += request.how == "connect"
        return Refusal(401) if self.connections > 1 and request.how == "connect" else None


def test_a_fresh_session_that_is_refused_ends_the_call_like_any_dead_model(edge: Any) -> None:
    async def scene(now: Desk) -> None:
        await now.says("hello")
        renewing = asyncio.create_task(now.call.reset_context())
        async with asyncio.timeout(20):
            assert (await now.ended).reason == "error"
        renewing.cancel()

    play(scene, desk(), edge=edge, make=lambda url: like("aws")(url, conn_options=QUICK), hook=Gone)


def test_a_message_that_the_model_cannot_take_is_unsupported_and_nothing_changes(edge: Any) -> None:
    wanted = (
        r"^this model cannot add a message of this role during a call \(PersonaPlex .*\); use another role, or instruct"
    )

    async def scene(now: Desk) -> None:
        with pytest.raises(UnsupportedError, match=wanted):
            await now.call.add_message("Her name is Ada.", answer=True)
        await now.says("hello")
        assert now.shown == [system(PROMPT), ("user", "hello")]

    play(scene, desk(), edge=edge, make=like("nvidia"))
    assert [one["what"] for one in failures(edge)] == ["add a message"]
