"""Commands to a running call, on a real server: only authorised commands change the call."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import jwt
import pytest

from offhook.control.api import Api, connect
from offhook.control.client import send_command
from offhook.control.rpc import perform_rpc
from offhook.core.commands import METHOD, EndCommand, dump_command
from offhook.core.errors import CommandError
from offhook.testing import Caller
from offhook.tokens import sign_command

pytestmark = pytest.mark.live

BYE = EndCommand(goodbye="The operator ends this call.")
END = dump_command(BYE)


@pytest.fixture
async def server(stage: Any) -> AsyncIterator[Api]:
    keys = stage.server
    async with connect(url=keys.url, key=keys.api_key, secret=keys.api_secret) as api:
        yield api


async def running(stage: Any, room: str, caller: Caller) -> tuple[str, str]:
    """Wait for the end of the greeting; returns the call's id and its agent."""
    await caller.hears(since=caller.joined_at)
    await caller.quiet(for_=0.4)
    return stage.records(room)[0].call, await caller.agent()


async def asked(caller: Caller, agent: str, payload: str) -> dict[str, str]:
    """The call's response to a participant of its own room."""
    me = caller._participant.room.local_participant
    answer = await me.perform_rpc(destination_identity=agent, method=METHOD, payload=payload)
    told: dict[str, str] = json.loads(answer)
    return told


async def test_a_signed_end_is_accepted_spoken_and_journalled_with_its_cause(
    stage: Any, room: str, server: Api
) -> None:
    async with stage.caller(room) as caller:
        call, agent = await running(stage, room, caller)
        answer = await send_command(server, room=room, identity=agent, call=call, command=BYE, by="ops")
        assert answer["status"] == "accepted"
        assert await caller.ended() == "ROOM_DELETED"
        assert caller.transcript[-1].text == "The operator ends this call."
    assert (await stage.over(room))["reason"] == "command"
    found = {
        one.name: one
        for one in stage.records(room)
        if one.name in ("CommandReceived", "EndCall", "EndRequested", "CommandResult")
    }
    assert found["EndCall"].cause == found["CommandReceived"].seq
    assert found["EndRequested"].cause == found["EndCall"].seq
    assert [found[name].body["id"] for name in ("CommandReceived", "CommandResult")] == [answer["id"], answer["id"]]


async def test_what_is_not_a_fresh_signed_command_for_this_call_is_refused_and_the_call_goes_on(
    stage: Any, room: str, server: Api
) -> None:
    secret = stage.server.api_secret
    brief = sign_command(api_secret=secret, call="AJ_any", by="ops", verb=END, ttl=0.1)
    runs_out = time.monotonic() + 5.2  # two clocks may differ by 5 s
    async with stage.caller(room) as caller:
        call, agent = await running(stage, room, caller)
        good = sign_command(api_secret=secret, call=call, by="ops", verb=END)
        old = jwt.decode(good, options={"verify_signature": False}) | {"iat": time.time() - 90, "exp": time.time() - 60}
        wrong = {
            "unsigned": sign_command(api_secret="x" * 40, call=call, by="ops", verb=END),
            "elsewhere": sign_command(api_secret=secret, call="AJ_other", by="ops", verb=END),
            "unknown_verb": sign_command(api_secret=secret, call=call, by="ops", verb={"name": "explode"}),
            "malformed": "garbage \u2603 {}",
        }
        answers = {
            code: await perform_rpc(server, room=room, identity=agent, method=METHOD, payload=payload, repeatable=True)
            for code, payload in wrong.items()
        }
        assert {code: json.loads(answer)["code"] for code, answer in answers.items()} == {code: code for code in wrong}
        assert (await asked(caller, agent, jwt.encode(old, secret, algorithm="HS256")))["code"] == "unsigned"
        assert (await asked(caller, agent, "x" * 15_000))["code"] == "malformed"
        assert (await asked(caller, agent, "x" * 20_000))["code"] == "malformed"
        with pytest.raises(CommandError, match="20000 bytes"):
            await perform_rpc(server, room=room, identity=agent, method=METHOD, payload="x" * 20_000)
        await asyncio.sleep(max(0.0, runs_out - time.monotonic()))
        assert (await asked(caller, agent, brief))["code"] == "expired"
        await caller.type("hello")
        await stage.tells(room, "MessageCommitted", role="assistant", text="I hear you.")
        await caller.hang_up()
    assert (await stage.over(room))["reason"] == "caller_hung_up"
    assert not stage.bodies(room, "CommandReceived")


async def test_a_command_sent_twice_is_carried_out_once(stage: Any, room: str, server: Api) -> None:
    async with stage.caller(room) as caller:
        call, agent = await running(stage, room, caller)
        token = sign_command(api_secret=stage.server.api_secret, call=call, by="ops", verb=END)
        to = {"room": room, "identity": agent, "method": METHOD}
        sent = [perform_rpc(server, **to, payload=token, repeatable=True) for _ in range(3)]
        answers = await asyncio.gather(*sent)
        assert {json.loads(answer)["status"] for answer in answers} == {"accepted"}
        await caller.ended()
    await stage.over(room)
    assert len(stage.bodies(room, "CommandReceived")) == 1


async def test_a_participant_needs_the_signature_too(stage: Any, room: str) -> None:
    async with stage.caller(room) as caller:
        call, agent = await running(stage, room, caller)
        assert (await asked(caller, agent, json.dumps(END)))["status"] == "refused"
        assert not caller.left.is_set()
        token = sign_command(api_secret=stage.server.api_secret, call=call, by="caller", verb=END)
        assert (await asked(caller, agent, token))["status"] == "accepted"
        assert await caller.ended() == "ROOM_DELETED"
    assert (await stage.over(room))["reason"] == "command"
