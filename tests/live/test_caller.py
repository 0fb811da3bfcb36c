"""The scripted caller in real rooms: speech arrives on time, and every room event is recorded."""

import asyncio
import statistics
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import numpy as np
import pytest
from livekit import rtc

from offhook.control.api import Api, connect
from offhook.control.rpc import perform_rpc
from offhook.core.errors import OffhookError
from offhook.dev.server import LocalServer
from offhook.testing import Caller, Listener, Phone, WaitTimeoutError
from offhook.testing.speech import RATE, voiced

pytestmark = pytest.mark.live

AgentIn = Callable[..., AbstractAsyncContextManager[rtc.Room]]


@pytest.fixture
async def server(livekit: LocalServer) -> AsyncIterator[Api]:
    async with connect(url=livekit.url, key=livekit.api_key, secret=livekit.api_secret) as api:
        yield api


def keys(livekit: LocalServer, room: str) -> dict[str, str]:
    return {"url": livekit.url, "api_key": livekit.api_key, "api_secret": livekit.api_secret, "room": room}


@pytest.mark.exact
async def test_two_callers_hear_each_other_whole_and_with_an_even_delay(livekit: LocalServer, room: str) -> None:
    there = keys(livekit, room)
    async with Caller(**there, identity="ada") as ada, Caller(**there, identity="bob") as bob:
        await asyncio.gather(ada.connected(), bob.connected())
        delays: dict[str, list[float]] = {"ada": [], "bob": []}
        shorter: list[float] = []
        for speaker, other in ((ada, bob), (bob, ada)) * 3:
            said = await speaker.say("hello")
            heard = await other.hears(since=said.started_at - 0.1)
            await other.quiet(for_=0.5)
            whole = other.heard[-1]
            shorter.append((said.ended_at - said.started_at) - (whole.ended_at - whole.started_at))
            delays[speaker.identity].append(heard.started_at - said.started_at)
    every = [one for side in delays.values() for one in side]
    assert 0.02 < statistics.median(every) < 0.15
    # WebRTC's jitter buffer may stretch or squeeze a single line by some frames when the machine is busy.
    assert statistics.median(shorter) == pytest.approx(0, abs=0.03)
    assert statistics.median(delays["ada"]) == pytest.approx(statistics.median(delays["bob"]), abs=0.05)


async def test_a_listener_hears_and_is_not_heard(livekit: LocalServer, room: str, server: Api) -> None:
    there = keys(livekit, room)
    async with Listener(**there) as ear, Caller(**there) as caller:
        await ear.connected()
        said = await caller.say("goodbye")
        assert (await ear.hears(since=said.started_at)).started_at > said.started_at
        rights = {one.identity: one.permission for one in await server.list_participants(room)}
        assert (rights["listener"].can_publish, rights["listener"].can_publish_data) == (False, False)
        assert (rights["caller"].can_publish, rights["caller"].can_update_metadata) == (True, False)


async def test_a_phone_is_seen_as_one_with_its_attributes(livekit: LocalServer, room: str, server: Api) -> None:
    phone = Phone(status="ringing", headers={"X-Tenant": "blue"})
    async with Caller(**keys(livekit, room), phone=phone) as caller:
        (seen,) = await server.list_participants(room)
        assert seen.kind == seen.Kind.SIP
        assert dict(seen.attributes) == {
            "sip.callID": phone.id,
            "sip.callStatus": "ringing",
            "sip.phoneNumber": "+15105550100",
            "sip.trunkPhoneNumber": "+15105550199",
            "sip.trunkID": "ST_test",
            "sip.ruleID": "SDR_test",
            "sip.h.x-tenant": "blue",
        }
        await caller.set_sip_status("active")
        (seen,) = await server.list_participants(room)
        assert seen.attributes["sip.callStatus"] == "active"


async def test_a_phone_tells_its_headers_and_can_be_hung_up_on(livekit: LocalServer, room: str, server: Api) -> None:
    async with Caller(**keys(livekit, room), phone=Phone(headers={"X-Tenant": "blue"})) as caller:
        told = await perform_rpc(server, room=room, identity="caller", method="lk.sip.GetRemoteHeaders", payload="{}")
        assert told == '{"headers": {"X-Tenant": "blue"}}'
        await perform_rpc(server, room=room, identity="caller", method="lk.sip.EndCall", payload="{}")
        assert await caller.ended() == "CLIENT_INITIATED"


async def test_a_caller_on_the_web_has_no_call_status_to_change(livekit: LocalServer, room: str) -> None:
    async with Caller(**keys(livekit, room)) as caller:
        with pytest.raises(OffhookError, match="give it phone="):
            await caller.set_sip_status("active")


async def test_keys_and_typed_messages_reach_the_room(livekit: LocalServer, agent_in: AgentIn, room: str) -> None:
    pressed: asyncio.Queue[str] = asyncio.Queue()
    typed: asyncio.Queue[rtc.TextStreamReader] = asyncio.Queue()
    known = asyncio.Event()
    async with agent_in(room) as agent:
        agent.on("participant_active", lambda _caller: known.set())
        agent.on("sip_dtmf_received", lambda key: pressed.put_nowait(key.digit))
        agent.register_text_stream_handler("lk.chat", lambda reader, _who: typed.put_nowait(reader))
        async with asyncio.timeout(10), Caller(**keys(livekit, room)) as caller:
            await known.wait()  # keys from an unknown participant are lost
            await caller.press("1#")
            await caller.type("hello there")
            assert [await pressed.get(), await pressed.get()] == ["1", "#"]
            assert await (await typed.get()).read_all() == "hello there"


async def test_a_key_that_no_phone_has_is_refused(livekit: LocalServer, room: str) -> None:
    async with Caller(**keys(livekit, room)) as caller:
        with pytest.raises(OffhookError, match="there is no key 'X'"):
            await caller.press("1x")


async def test_the_agents_words_and_states_are_noticed(livekit: LocalServer, agent_in: AgentIn, room: str) -> None:
    async with agent_in(room) as agent, Caller(**keys(livekit, room)) as caller:
        assert await caller.agent() == "agent-1"
        await agent.local_participant.set_attributes({"lk.agent.state": "listening"})
        await caller.agent_is("listening")
        spoken = {"lk.segment_id": "1", "lk.transcription_final": "false"}
        writer = await agent.local_participant.stream_text(topic="lk.transcription", attributes=spoken)
        await writer.write("We are open ")
        await writer.write("until six.")
        await writer.aclose(attributes={"lk.transcription_final": "true"})
        line = await caller.reads("UNTIL six")
        assert (line.who, line.text, line.final) == ("agent", "We are open until six.", True)


async def test_what_is_still_being_said_is_not_final(livekit: LocalServer, agent_in: AgentIn, room: str) -> None:
    async with agent_in(room) as agent, Caller(**keys(livekit, room)) as caller:
        await caller.agent()
        await asyncio.sleep(0.3)  # data sent right after the connection may be lost
        for text, final in (("what", "false"), ("what time", "false")):
            told = {"lk.segment_id": "2", "lk.transcription_final": final}
            await agent.local_participant.send_text(text, topic="lk.transcription", attributes=told)
        with pytest.raises(WaitTimeoutError, match=r'agent +"what time" \.\.\.'):
            await caller.reads("what time", timeout=2)


async def test_a_room_that_is_closed_ends_the_call_with_livekits_reason(
    livekit: LocalServer, room: str, server: Api
) -> None:
    async with Caller(**keys(livekit, room)) as caller:
        await server.delete_room(room)
        assert await caller.ended() == "ROOM_DELETED"
        assert caller.ended_at is not None
        assert caller.ended_at > caller.joined_at


async def test_a_wait_in_vain_shows_the_call_so_far(livekit: LocalServer, room: str) -> None:
    async with Caller(**keys(livekit, room)) as caller:
        await caller.say("what time is it")
        with pytest.raises(WaitTimeoutError, match=r"(?s)for a sound, without success.*caller +says 'what time is it'"):
            await caller.hears(timeout=0.2)


async def test_nobody_waits_for_a_line_that_is_cut(livekit: LocalServer, room: str) -> None:
    async with Caller(**keys(livekit, room)) as caller:
        await caller.hang_up()
        async with asyncio.timeout(1):
            with pytest.raises(WaitTimeoutError, match="closed: CLIENT_INITIATED"):
                await caller.hears(timeout=30)


@pytest.mark.exact
async def test_a_recording_has_the_caller_left_and_the_others_right(
    livekit: LocalServer, room: str, tmp_path: Path
) -> None:
    there = keys(livekit, room)
    async with Caller(**there, identity="ada") as ada, Caller(**there, identity="bob") as bob:
        await asyncio.gather(ada.connected(), bob.connected())
        asked = await ada.say("hello")
        answered = await bob.say("goodbye")
        await ada.hears(since=answered.started_at)
        await ada.quiet()
        ada.recording(tmp_path / "call.wav")
    with wave.open(str(tmp_path / "call.wav")) as file:
        sound = np.frombuffer(file.readframes(file.getnframes()), np.int16).reshape(-1, 2)
    left, right = (voiced(sound[:, side])[0] / RATE + ada.joined_at for side in (0, 1))
    assert left == pytest.approx(asked.started_at, abs=0.002)
    assert right == pytest.approx(answered.started_at + 0.07, abs=0.15)


async def test_a_server_that_is_not_there_is_named(livekit: LocalServer, room: str) -> None:
    with pytest.raises(OffhookError, match="does the server run"):
        async with Caller(**{**keys(livekit, room), "url": "ws://127.0.0.1:9"}):
            pass
