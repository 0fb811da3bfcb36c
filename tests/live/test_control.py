"""Commands and dispatches over a real server's API: answered, or refused with advice."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import pytest
from livekit import rtc

from offhook.control.api import Api, connect
from offhook.control.client import send_command
from offhook.control.dispatch import dispatch
from offhook.control.rpc import perform_rpc
from offhook.core.commands import METHOD, EndCommand
from offhook.core.errors import CommandError, DispatchError, SettingsError
from offhook.dev.server import LocalServer
from offhook.tokens import command_keys, verify_command

pytestmark = pytest.mark.live

AgentIn = Callable[..., AbstractAsyncContextManager[rtc.Room]]

END = EndCommand(goodbye="Bye.")


@pytest.fixture
async def server(livekit: LocalServer) -> AsyncIterator[Api]:
    async with connect(url=livekit.url, key=livekit.api_key, secret=livekit.api_secret) as api:
        yield api


async def refusal(server: Api, room: str) -> CommandError:
    with pytest.raises(CommandError) as caught:
        await send_command(server, room=room, identity="agent-1", call="AJ_1", command=END, by="ops")
    return caught.value


async def test_a_command_arrives_signed_and_is_answered(
    livekit: LocalServer, agent_in: AgentIn, room: str, server: Api
) -> None:
    async with agent_in(room) as agent:

        def take(call: rtc.RpcInvocationData) -> str:
            keys = command_keys(livekit.api_secret)
            command = verify_command(call.payload, keys=keys, call="AJ_1", now=time.time())
            return json.dumps({"id": command.id, "status": "accepted", "text": f"{command.by} {command.verb['name']}"})

        agent.local_participant.register_rpc_method(METHOD, take)
        answer = await send_command(server, room=room, identity="agent-1", call="AJ_1", command=END, by="ops")
        assert (answer["status"], answer["text"]) == ("accepted", "ops end")


async def test_a_call_that_is_over_has_ended_within_five_seconds(room: str, server: Api) -> None:
    async with asyncio.timeout(5):
        error = await refusal(server, room)
    assert (error.code, "the call has ended" in str(error)) == ("ended", True)


async def test_an_agent_without_offhook_is_named(agent_in: AgentIn, room: str, server: Api) -> None:
    async with agent_in(room):
        error = await refusal(server, room)
    assert (error.code, "not an agent run by offhook" in str(error)) == ("not_offhook", True)


def answers_with(agent: rtc.Room, answer: str) -> None:
    agent.local_participant.register_rpc_method(METHOD, lambda _call: answer)


@pytest.mark.parametrize("answer", ["yes", "[]", '{"status": "perhaps"}'])
async def test_an_answer_that_is_none_is_no_answer(agent_in: AgentIn, room: str, server: Api, answer: str) -> None:
    async with agent_in(room) as agent:
        answers_with(agent, answer)
        assert (await refusal(server, room)).code == "unreachable"


async def test_a_wrong_secret_is_named(livekit: LocalServer, room: str) -> None:
    async with connect(url=livekit.url, key=livekit.api_key, secret="x" * 40) as stranger:
        error = await refusal(stranger, room)
        with pytest.raises(DispatchError, match="refused the dispatch"):
            await dispatch(stranger, room=room, agent="desk")
    assert (error.code, "check LIVEKIT_API_KEY" in str(error)) == ("unreachable", True)


async def test_a_server_that_is_not_there_is_named(room: str) -> None:
    async with connect(url="ws://127.0.0.1:9", key="k", secret="x" * 40) as nowhere:
        assert "is the LiveKit server running there?" in str(await refusal(nowhere, room))
        with pytest.raises(DispatchError, match="is the LiveKit server running there"):
            await dispatch(nowhere, room=room, agent="desk")


async def test_a_timeout_that_would_run_the_method_twice_is_refused(room: str, server: Api) -> None:
    with pytest.raises(CommandError, match="allowed is 1 to 2900"):
        await perform_rpc(server, room=room, identity="a", method=METHOD, payload="", timeout_ms=5000)


@pytest.mark.parametrize("missing", ["url", "key", "secret"])
async def test_a_missing_setting_is_named(missing: str) -> None:
    given: dict[str, str | None] = {"url": "ws://127.0.0.1:9", "key": "k", "secret": "s", missing: None}
    with pytest.raises(SettingsError, match=f"LIVEKIT_(API_)?{missing.upper()} not set"):
        async with connect(**given):
            pass


async def test_a_dispatch_to_nobody_says_why_that_may_be_and_is_in_time(room: str, server: Api) -> None:
    began = time.monotonic()
    with pytest.raises(DispatchError) as caught:
        await dispatch(server, room=room, agent="nobody", timeout=1)
    assert time.monotonic() - began < 2
    for reason in (
        "no agent 'nobody' was in room",
        "is a worker running",
        "agent_name",
        "full",
        "0.7",
        "dispatch again",
    ):
        assert reason in str(caught.value)
    left = await server.services.agent_dispatch.list_dispatch(room)
    assert [one.agent_name for one in left if one.agent_name] == []


async def test_an_agent_that_comes_after_the_dispatch_has_taken_it(agent_in: AgentIn, room: str, server: Api) -> None:
    async with agent_in(room, identity="agent-before"):
        sending = asyncio.create_task(dispatch(server, room=room, agent="desk", timeout=5))
        await dispatched(server, room)
        async with agent_in(room, identity="agent-other", name="other"), agent_in(room, identity="agent-new"):
            taken = await sending
    assert taken.identity == "agent-new"
    assert 0 < taken.after_seconds < 5


async def dispatched(server: Api, room: str) -> None:
    """Wait until the server has the dispatch."""
    async with asyncio.timeout(5):
        while not any(one.agent_name == "desk" for one in await server.services.agent_dispatch.list_dispatch(room)):
            pass


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"room": ""}, "name of a room"),
        ({"metadata": "é" * 33_000}, "takes 66000 bytes; send at most 65536"),
        ({"timeout": 0}, "set a number of seconds above 0"),
    ],
)
async def test_an_impossible_dispatch_is_not_sent(server: Api, given: dict[str, object], says: str) -> None:
    usual: dict[str, object] = {"room": "r", "agent": "desk"}
    with pytest.raises(DispatchError, match=says):
        await dispatch(server, **(usual | given))  # type: ignore[arg-type]  # wrong on purpose
