"""Calls to a telephone over a real livekit-sip: answered, busy, declined, not answered."""

import json
import uuid
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration
from livekit import api
from tests.sip.agents.wire import GOODBYE, GREETING
from tests.sip.conftest import Wire
from tests.sip.scenarios import check_whole

from offhook.control.api import connect
from offhook.testing.sip import SipLeg, SipPhone

pytestmark = pytest.mark.live


async def dialled(wire: Wire, phone: SipPhone, **options: Any) -> tuple[str, SipLeg]:
    """Dispatch the agent into a new room, with the order to call this phone; returns the room and the ringing leg."""
    room, server = f"out-{uuid.uuid4().hex[:8]}", wire.exchange.server
    order = {"dial": {"to": "+15551234567", "trunk": await wire.exchange.outbound(phone.address), **options}}
    async with connect(url=server.url, key=server.api_key, secret=server.api_secret) as opened:
        await opened.create_dispatch(room, "wire", json.dumps(order))
    return room, await phone.rings(timeout=15)


async def test_a_phone_that_answers_hears_the_whole_greeting_and_the_whole_goodbye(wire: Wire) -> None:
    async with SipPhone() as phone:
        room, leg = await dialled(wire, phone)
        leg.ring()
        await wire.stage.tells(room, "DialStatus", status="ringing")
        leg.answer()
        await leg.hears()
        await leg.quiet()
        check_whole(leg.heard[0], GREETING, wire)
        await leg.press("1")
        assert await leg.ended() == "BYE"
        check_whole(leg.heard[-1], GOODBYE, wire)
        assert (await wire.stage.over(room))["reason"] == "agent_ended"


@pytest.mark.parametrize(("status", "reason"), [(486, "busy"), (603, "declined"), (404, "unreachable")])
async def test_a_phone_that_refuses_ends_the_call_with_its_reason(wire: Wire, status: int, reason: str) -> None:
    async with SipPhone() as phone:
        room, leg = await dialled(wire, phone)
        leg.decline(status, "Refused")
        assert (await wire.stage.over(room))["reason"] == reason
        assert wire.stage.said(room) == []


async def test_a_phone_that_nobody_answers_is_cancelled_at_the_ringing_time(wire: Wire) -> None:
    async with SipPhone() as phone:
        room, leg = await dialled(wire, phone, ringing=2)
        leg.ring()
        assert await leg.ended() == "CANCEL"
        assert leg.ended_at is not None
        assert leg.ended_at - leg.joined_at == pytest.approx(2, abs=0.5)
        assert (await wire.stage.over(room))["reason"] == "no_answer"
        assert wire.stage.said(room) == []


async def dialled_by_a_backend(wire: Wire, phone: SipPhone, *, ringing: int) -> tuple[str, SipLeg]:
    """Dispatch the agent without a number, and dial the phone into its room; returns the room and the leg."""
    room, server = f"out-{uuid.uuid4().hex[:8]}", wire.exchange.server
    trunk = await wire.exchange.outbound(phone.address)
    async with (
        wire.exchange.api() as lk,
        connect(url=server.url, key=server.api_key, secret=server.api_secret) as opened,
    ):
        await opened.create_dispatch(room, "wire", "")
        request = api.CreateSIPParticipantRequest(
            sip_trunk_id=trunk,
            sip_call_to="+15551234567",
            room_name=room,
            participant_identity="callee",
            ringing_timeout=Duration(seconds=ringing),
        )
        await lk.sip.create_sip_participant(request)
    return room, await phone.rings(timeout=15)


@pytest.mark.parametrize(
    ("status", "reason"),
    [(603, "declined"), (486, "declined"), (503, "unreachable"), (404, "no_answer"), (None, "no_answer")],
)
async def test_a_phone_that_a_backend_dials_and_that_does_not_answer(
    wire: Wire, status: int | None, reason: str
) -> None:
    async with SipPhone() as phone:
        room, leg = await dialled_by_a_backend(wire, phone, ringing=3)
        leg.ring()
        await wire.stage.tells(room, "CallerFound")
        if status:
            leg.decline(status, "Refused")
        assert (await wire.stage.over(room))["reason"] == reason
        assert wire.stage.said(room) == []
