"""The HTTP API has a status for each way in which a command cannot reach a call or is not carried out."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from tests.live.http_api import LONG, Http, code, greeted, serving

pytestmark = pytest.mark.live


@pytest.fixture
async def api(stage: Any) -> AsyncIterator[Http]:
    async with serving(stage.server) as http:
        yield http


async def test_rooms_and_agents_that_are_not_there_are_named(
    stage: Any, room: str, api: Http, agent_in: Callable[..., Any]
) -> None:
    empty, foreign = f"{room}/empty", f"{room}-foreign"
    assert await code(await api.get(f"/v1/calls/{room}")) == (404, "no_room")
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(stage.other(empty, "somebody"))
        assert await code(await api.get(f"/v1/calls/{empty.replace('/', '%2F')}")) == (404, "no_agent")
        await stack.enter_async_context(agent_in(foreign, identity="agent-foreign"))
        assert await code(await api.get(f"/v1/calls/{foreign}")) == (409, "not_offhook")
        assert await code(await api.get(f"/v1/calls/{foreign}?agent=nobody")) == (404, "no_agent")


async def test_one_of_two_agents_is_chosen(stage: Any, room: str, api: Http, agent_in: Callable[..., Any]) -> None:
    async with stage.caller(room) as caller:
        await greeted(caller)
        identity = (await (await api.get(f"/v1/calls/{room}")).json())["identity"]
        async with agent_in(room, identity="agent-second"):
            note = {"text": "For one of them."}
            assert await code(await api.post(f"/v1/calls/{room}/note", json=note)) == (409, "two_agents")
            chosen = await api.post(f"/v1/calls/{room}/note?agent={identity}", json=note)
            assert (chosen.status, (await chosen.json())["status"]) == (200, "applied")


async def test_what_a_call_could_not_do_is_an_answer_and_not_an_error(stage: Any, room: str, api: Http) -> None:
    async with stage.caller(room) as caller:
        await greeted(caller)
        answer = await api.post(f"/v1/calls/{room}/transfer", json={"to": "+15105550100"})
        assert (answer.status, (await answer.json())["status"]) == (200, "unsupported")
        saying = asyncio.create_task(api.post(f"/v1/calls/{room}/say", json={"text": LONG}))
        while not saying.done():  # LiveKit lets nobody interrupt the agent's first seconds
            await caller.say("wait one more thing")
        answer = await saying
        assert (answer.status, (await answer.json())["status"]) == (200, "interrupted")


async def test_a_call_that_ends_before_the_result_is_a_conflict(stage: Any, room: str, api: Http) -> None:
    async with stage.caller(room) as caller:
        await greeted(caller)
        saying = asyncio.create_task(api.post(f"/v1/calls/{room}/say", json={"text": LONG}))
        await stage.tells(room, "CommandResult", status="applied")
        await caller.hang_up()
        answer = await saying
    if answer.status == 200:
        assert (await answer.json())["status"] in ("failed", "interrupted")
    else:
        assert await code(answer) == (409, "lost")
