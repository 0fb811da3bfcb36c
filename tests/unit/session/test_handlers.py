"""Handlers of facts: typed, called in order, and unable to stop the call."""

import asyncio
from typing import Any

import pytest
from livekit.agents import Agent

from offhook.core.errors import PlanError
from offhook.core.facts import CallerStateChanged, KeyPressed, MessageCommitted, TranscriptReceived, Warned
from offhook.engine.handlers import Handlers, check_handlers


@pytest.fixture
def handlers(supervisor: Any) -> Handlers:
    made = Handlers(supervisor.post)
    supervisor.sinks.append(made)
    made.call = "the call"
    return made


async def test_handlers_see_their_facts_in_order_and_one_at_a_time(handlers: Handlers, supervisor: Any) -> None:
    seen: list[object] = []

    async def slowly(fact: KeyPressed, call: object) -> None:
        await asyncio.sleep(1)
        seen.append((fact.digit, call))

    handlers.add(KeyPressed, slowly)
    handlers.add(KeyPressed, lambda fact, _: seen.append(fact.digit))
    for fact in (KeyPressed("1"), TranscriptReceived("hello", final=True), KeyPressed("2")):
        supervisor.post(fact)
    await handlers.finish(within=10)
    assert seen == [("1", "the call"), "1", ("2", "the call"), "2"]


@pytest.mark.parametrize("error", [TypeError("three arguments"), ValueError("odd")])
async def test_a_handler_that_raises_stops_nothing_and_is_told(
    handlers: Handlers, supervisor: Any, edge: Any, error: Exception
) -> None:
    seen: list[str] = []

    def stumble(fact: KeyPressed, call: object) -> None:
        raise error

    handlers.add(KeyPressed, stumble)
    handlers.add(KeyPressed, lambda fact, _: seen.append(fact.digit))
    supervisor.post(KeyPressed("1"))
    await handlers.finish(within=10)
    assert seen == ["1"]
    assert edge.find("HandlerFailed").body == {"event": "KeyPressed", "error": repr(error)}


async def test_a_handler_that_hangs_is_given_up(handlers: Handlers, supervisor: Any, edge: Any) -> None:
    seen: list[str] = []

    async def hang(fact: KeyPressed, call: object) -> None:
        await asyncio.Event().wait()

    handlers.add(KeyPressed, hang)
    handlers.add(KeyPressed, lambda fact, _: seen.append(fact.digit))
    supervisor.post(KeyPressed("1"))
    await handlers.finish(within=60)
    assert seen == ["1"]
    assert edge.find("HandlerFailed").body["error"] == "it took longer than 10 s"


async def test_a_handler_of_failing_handlers_that_fails_ends_there(
    handlers: Handlers, supervisor: Any, edge: Any
) -> None:
    from offhook.core.facts import HandlerFailed

    def stumble(fact: object, call: object) -> None:
        raise ValueError("again")

    handlers.add(HandlerFailed, stumble)
    handlers.add(Warned, stumble)
    supervisor.post(Warned("odd"))
    await asyncio.sleep(1)
    await handlers.finish(within=10)
    assert edge.names() == ["Warned", "HandlerFailed"]


async def test_handlers_do_not_keep_a_call_that_is_over(handlers: Handlers, supervisor: Any) -> None:
    async def hang(fact: KeyPressed, call: object) -> None:
        await asyncio.Event().wait()

    handlers.add(KeyPressed, hang)
    supervisor.post(KeyPressed("1"))
    before = asyncio.get_running_loop().time()
    await handlers.finish(within=2)
    assert asyncio.get_running_loop().time() - before == 2


async def test_without_handlers_there_is_nothing_to_finish(handlers: Handlers) -> None:
    await handlers.finish(within=2)


async def test_code_adds_handlers_in_mid_call(pick_up: Any) -> None:
    phone = await pick_up(Agent(instructions="You are the front desk."))
    said: list[str] = []
    phone.call.on(MessageCommitted, lambda fact, call: said.append(f"{fact.role}: {fact.text}"))
    await phone.says("hello")
    await asyncio.sleep(0.1)
    assert said[0] == "user: hello"
    assert len(said) == 2


@pytest.mark.parametrize("kind", [str, Agent, "KeyPressed"])
def test_only_facts_have_handlers(kind: Any) -> None:
    with pytest.raises(PlanError, match="is not a fact"):
        check_handlers({kind: print})


def test_a_handler_can_be_called() -> None:
    with pytest.raises(PlanError, match="the handler of CallerStateChanged is 'away'; give a function"):
        check_handlers({CallerStateChanged: "away"})  # type: ignore[dict-item]  # on purpose


async def test_a_thread_may_add_handlers_and_change_the_call(pick_up: Any, edge: Any) -> None:
    phone = await pick_up(Agent(instructions="You are the front desk."))
    said: list[str] = []

    def change(_: object) -> None:
        phone.call.on(MessageCommitted, lambda fact, call: said.append(fact.role))
        phone.call.away_after(60)
        phone.call.pause("hold")

    await asyncio.to_thread(change, None)
    await asyncio.sleep(0)
    await phone.says("hello")
    await asyncio.sleep(0.1)
    assert said == ["user", "assistant"]
    assert phone.session.options.user_away_timeout == 60
    assert edge.find("PauseChanged").body["why"] == "hold"
