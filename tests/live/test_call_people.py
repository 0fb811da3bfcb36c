"""Other participants in the room: strangers who join and leave, a second caller, ringing phones."""

import asyncio
from typing import Any

import pytest
from livekit import api as livekit_api
from livekit import rtc
from livekit.api import ParticipantPermission, UpdateParticipantRequest

from offhook.control.api import connect
from offhook.control.dispatch import dispatch
from offhook.testing import Caller, Listener, Phone

pytestmark = pytest.mark.live


@pytest.mark.exact
async def test_a_stranger_who_talks_and_leaves_does_not_disturb_the_call(stage: Any, room: str) -> None:
    async with stage.caller(room) as caller:
        await caller.hears(since=caller.joined_at)
        await caller.quiet(for_=0.4)
        async with stage.other(room, "stranger") as stranger:
            await stage.tells(room, "OtherParticipants", count=1)
            await stranger.connected()
            await stranger.say("goodbye")
        gone = await stage.tells(room, "OtherParticipants", count=0)
        await caller.quiet(for_=0.4)
        assert stage.said(room, "user") == []
        said = await caller.say("what are your opening hours")
        await caller.hears(since=said.ended_at)
        await stage.tells(room, "MessageCommitted", role="assistant", after=gone.seq)
        await caller.hang_up()
    assert (await stage.over(room))["reason"] == "caller_hung_up"
    assert stage.said(room, "user")  # on a busy machine, one sentence may become two messages


async def test_of_two_callers_the_first_is_the_caller_and_the_second_may_stay_when_they_leave(
    stage: Any, room: str
) -> None:
    async with stage.caller(room, identity="first") as first:
        await first.hears(since=first.joined_at)
        async with stage.caller(room, identity="second") as second:
            await stage.tells(room, "OtherParticipants", count=1)
            await second.type("hang up")
            await first.type("hello")
            await stage.tells(room, "MessageCommitted", role="assistant", text="I hear you.")
            await first.hang_up()
            assert (await stage.over(room))["reason"] == "caller_hung_up"
            assert not second.left.is_set()
    assert stage.bodies(room, "CallerFound")[0]["identity"] == "first"
    assert stage.said(room, "user") == ["hello"]


async def test_a_phone_is_greeted_when_it_is_answered_and_not_before(stage: Any, room: str) -> None:
    async with stage.caller(room, phone=Phone(status="ringing")) as caller:
        await stage.tells(room, "SessionStarted", timeout=15)
        await caller.connected()
        assert not caller.heard
        await caller.set_sip_status("active")
        greeting = await stage.tells(room, "Say", tag="greeting")
        active = await stage.tells(room, "CallerStatus", status="active")
        assert greeting.cause == active.seq
        await caller.hears(since=caller.joined_at)
        await caller.hang_up()
    found = stage.bodies(room, "CallerFound")[0]
    assert (found["phone"], found["active"], found["number"]) == (True, False, "+15105550100")


async def test_another_phone_call_under_the_callers_identity_is_greeted_by_an_agent_of_its_own(
    stage: Any, room: str
) -> None:
    key = {"url": stage.server.url, "api_key": stage.server.api_key, "api_secret": stage.server.api_secret}
    anonymous = {"room": room, "identity": "sip_anonymous"}
    async with stage.caller(room, identity="sip_anonymous", phone=Phone(id="SCL_1")) as first:
        await first.hears(since=first.joined_at)
        await first.quiet(for_=0.4)
        await stage.tells(room, "CallerFound")  # from now on, `stage` reads the records of this call
        async with Caller(**key, **anonymous, phone=Phone(id="SCL_2")) as second:
            await second.hears(since=second.joined_at)
            await asyncio.wait_for(first.left.wait(), 5)
            await second.hang_up()
    assert (await stage.over(room))["detail"] == "duplicate_identity"
    assert "individual dispatch rule" in str(stage.bodies(room, "Warned")[-1]["text"])
    assert stage.bodies(room, "HangUpDone")[0]["scope"] == "agent"


@pytest.mark.exact
async def test_a_caller_who_joins_again_in_mid_call_is_heard_and_hears(stage: Any, room: str) -> None:
    async with stage.caller(room) as first:
        await first.hears(since=first.joined_at)
        await first.quiet(for_=0.4)
        async with stage.caller(room) as second:
            back = await stage.tells(room, "CallerRejoined")
            await second.connected()
            said = await second.say("what are your opening hours")
            await second.hears(since=said.ended_at)
            await stage.tells(room, "MessageCommitted", role="assistant", after=back.seq)
            assert first.left.is_set()
            await second.hang_up()
    over = await stage.over(room)
    assert (over["reason"], over["detail"]) == ("caller_hung_up", "client_initiated")
    (missing,) = stage.bodies(room, "CallerAbsent")
    assert missing["reason"] in ("unknown_reason", "duplicate_identity")
    assert len(stage.bodies(room, "CallerLeft")) == 1


async def test_a_listener_who_is_there_first_is_not_the_caller_and_keeps_no_room_open(stage: Any, room: str) -> None:
    key = {"url": stage.server.url, "api_key": stage.server.api_key, "api_secret": stage.server.api_secret}
    async with Listener(**key, room=room, identity="coach") as coach:
        async with connect(url=key["url"], key=key["api_key"], secret=key["api_secret"]) as api:
            await dispatch(api, room=room, agent=stage.agent)
        await stage.tells(room, "Connected")
        async with stage.caller(room) as caller:
            await caller.hears(since=caller.joined_at)
            await caller.type("hello")
            await stage.tells(room, "MessageCommitted", role="assistant", text="I hear you.")
            await caller.hang_up()
        assert (await stage.over(room))["reason"] == "caller_hung_up"
        await asyncio.wait_for(coach.left.wait(), 10)
    assert [one["identity"] for one in stage.bodies(room, "CallerFound")] == ["caller"]
    assert stage.bodies(room, "OtherParticipants") == []


async def test_a_listener_who_is_allowed_to_speak_later_is_the_caller_then(stage: Any, room: str) -> None:
    key = {"url": stage.server.url, "api_key": stage.server.api_key, "api_secret": stage.server.api_secret}
    speaks = ParticipantPermission(can_subscribe=True, can_publish=True, can_publish_data=True)
    async with (
        Listener(**key, room=room, identity="guest") as guest,
        connect(url=key["url"], key=key["api_key"], secret=key["api_secret"]) as api,
    ):
        await dispatch(api, room=room, agent=stage.agent)
        await stage.tells(room, "Connected")
        assert stage.bodies(room, "CallerFound") == []
        wanted = UpdateParticipantRequest(room=room, identity="guest", permission=speaks)
        await api.services.room.update_participant(wanted)
        await guest.hears(since=guest.joined_at)
        await guest.hang_up()
    assert (await stage.over(room))["reason"] == "caller_hung_up"
    assert [one["identity"] for one in stage.bodies(room, "CallerFound")] == ["guest"]


async def test_a_plan_reads_the_dialled_name_and_the_headers_while_the_phone_rings(stage: Any, room: str) -> None:
    phone = Phone(
        dialled="sales%20desk", headers={"X-Tenant": "acme"}, include_headers=False, status="ringing", trunk="ST_1"
    )
    async with stage.caller(room, phone=phone, sip=True) as caller:
        await stage.tells(room, "Planned", greeting="sales desk of acme.", timeout=15)
        await caller.set_sip_status("active")
        await caller.hears(since=caller.joined_at)
        await caller.hang_up()
    (found,) = stage.bodies(room, "CallerFound")
    assert (found["direction"], found["trunk_number"], found["trunk"]) == ("inbound", "sales desk", "ST_1")


async def test_a_web_participant_who_sets_sip_attributes_itself_is_no_phone(stage: Any, room: str) -> None:
    grants = livekit_api.VideoGrants(room_join=True, room=room, can_update_own_metadata=True)
    token = livekit_api.AccessToken(stage.server.api_key, stage.server.api_secret).with_identity("sip_+15105550100")
    liar = rtc.Room()
    await liar.connect(stage.server.url, token.with_grants(grants).to_jwt())
    try:
        claims = {**Phone(headers={"X-Tenant": "acme"}).attributes(), "sip.hostname": "carrier.example"}
        await liar.local_participant.set_attributes(claims)
        key = {"url": stage.server.url, "key": stage.server.api_key, "secret": stage.server.api_secret}
        async with connect(**key) as api:
            await dispatch(api, room=room, agent=stage.agent, metadata='{"sip": true}')
        await stage.tells(room, "Planned", greeting="Nobody dialled.", timeout=15)
        await liar.local_participant.set_attributes({"sip.callStatus": "hangup"})
        found = await stage.tells(room, "CallerFound", identity="sip_+15105550100")
        await stage.tells(room, "Say", tag="greeting")
    finally:
        await liar.disconnect()
    await stage.over(room)
    said_of_phones = ("phone", "number", "direction", "trunk_number", "trunk", "rule", "sip_call", "status")
    assert [found.body[name] for name in said_of_phones] == [False, *[""] * 7]
    assert stage.bodies(room, "CallerStatus") == []


@pytest.mark.exact
async def test_a_phone_and_two_people_in_one_room_are_all_heard_and_answered(stage: Any, room: str) -> None:
    async with stage.caller(room, phone=Phone(), people=True) as caller, stage.other(room, "berta") as berta:
        await caller.hears(since=caller.joined_at)
        await caller.quiet(for_=0.4)
        await berta.connected()
        asked = await berta.say("what are your opening hours")
        words = await stage.tells(room, "MessageCommitted", role="user", timeout=15)
        await stage.tells(room, "MessageCommitted", role="assistant", after=words.seq)
        assert [sound for sound in caller.heard if sound.started_at > asked.ended_at]
        await caller.quiet(for_=0.4)
        async with stage.other(room, "carl") as carl:
            await carl.connected()
            await carl.say("thank you goodbye")
            late = await stage.tells(room, "MessageCommitted", role="user", after=words.seq, timeout=15)
            await stage.tells(room, "MessageCommitted", role="assistant", after=late.seq)
            await caller.quiet(for_=0.4)
            await caller.say("what are your opening hours")
            own = await stage.tells(room, "MessageCommitted", role="user", after=late.seq, timeout=15)
            await stage.tells(room, "MessageCommitted", role="assistant", after=own.seq)
        await caller.hang_up()
    assert (await stage.over(room))["reason"] == "caller_hung_up"
    labels = [str(one.body["text"]).partition("]")[0] for one in (words, late)]
    assert labels == ["[berta", "[carl"]
    assert not str(own.body["text"]).startswith("[")
