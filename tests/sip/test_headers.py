"""Which option of a trunk puts which header on which message, and when the values of a call appear."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from livekit import api
from tests.sip.conftest import Exchange, Wire
from tests.sip.scenarios import client, greeted

from offhook.testing.sip import SipLeg, SipPhone, Transfer

pytestmark = pytest.mark.live

OPTIONS: dict[str, Any] = {
    "headers": {"X-Answered-By": "agent"},
    "headers_to_attributes": {"X-Role": "role"},
    "attributes_to_headers": {"outcome": "X-Outcome"},
    "include_headers": api.SIPHeaderOptions.SIP_X_HEADERS,
}


def ours(leg: SipLeg, name: str) -> tuple[str, str]:
    """The two headers of the trunk on this message."""
    message = leg.message(name)
    assert message is not None
    return message.get("X-Answered-By"), message.get("X-Outcome")


async def attributes(exchange: Exchange, room: str) -> dict[str, str]:
    """The attributes of the phone in this room, as the server has them."""
    async with exchange.api() as lk:
        found = await lk.room.list_participants(api.ListParticipantsRequest(room=room))
    (phone,) = [one for one in found.participants if one.kind == api.ParticipantInfo.Kind.SIP]
    return dict(phone.attributes)


async def test_an_inbound_call(wire: Wire) -> None:
    number = "+15550001131"
    rule = {"outcome": "booked", "role": "guest"}
    await wire.exchange.number(number, trunk=OPTIONS, attributes=rule)
    async with wire.call(number, role="admin", tenant="red") as leg:
        await greeted(wire, leg)
        known = await attributes(wire.exchange, await wire.room(leg))
        assert known["role"] == "admin"  # the caller's header replaces the value of the rule
        assert known["sip.h.x-tenant"] == "red"
        await leg.press("1")
        await leg.ended()
    assert ours(leg, "200") == ("agent", "booked")
    assert ours(leg, "BYE") == ("", "booked")


async def test_an_inbound_call_that_is_rejected_or_transferred(wire: Wire) -> None:
    for number in ("+15550001132", "+15550001141"):
        await wire.exchange.number(number, trunk=OPTIONS, attributes={"outcome": "booked"})
    async with wire.call("+15550001132") as leg:
        assert await leg.ended() == "486 Rejected"
    assert ours(leg, "486") == ("", "")
    async with wire.call("+15550001141") as leg, client(wire) as opened:
        leg.transfer = Transfer(603)
        await greeted(wire, leg)
        call = opened.call(await wire.room(leg))
        await call.transfer("+15559990000")
        leg.transfer = Transfer()
        await call.transfer("+15559990000", wait=False)
        assert await leg.ended() == "BYE"
    assert ours(leg, "REFER") == ours(leg, "BYE") == ("", "booked")


@asynccontextmanager
async def dialled(exchange: Exchange) -> AsyncIterator[tuple[SipLeg, str]]:
    """Dial a phone into a room without an agent; returns the leg and the room."""
    room = f"out-{uuid.uuid4().hex[:8]}"
    async with SipPhone() as phone, exchange.api() as lk:
        request = api.CreateSIPParticipantRequest(
            sip_trunk_id=await exchange.outbound(phone.address, **OPTIONS),
            sip_call_to="+15551234567",
            room_name=room,
            participant_identity="callee",
            participant_attributes={"outcome": "booked", "role": "guest"},
        )
        await lk.sip.create_sip_participant(request)
        yield await phone.rings(timeout=15), room
        await lk.room.delete_room(api.DeleteRoomRequest(room=room))


async def test_an_outbound_call_that_is_answered(exchange: Exchange) -> None:
    async with dialled(exchange) as (leg, room):
        assert leg.invite.get("X-Answered-By") == "agent"
        leg.ring()
        early = await attributes(exchange, room)
        assert {"sip.callID", "sip.hostname", "sip.phoneNumber", "sip.trunkID", "sip.trunkPhoneNumber"} <= set(early)
        assert not {"sip.callIDFull", "sip.h.x-desk"} & set(early)
        leg.answer([("X-Desk", "seven"), ("X-Role", "admin")])
        while (late := await attributes(exchange, room)).get("sip.callStatus") != "active":
            pass
        assert "sip.callIDFull" in late
        assert (late["sip.h.x-desk"], late["role"]) == ("seven", "admin")
        async with exchange.api() as lk:
            await lk.room.remove_participant(api.RoomParticipantIdentity(room=room, identity="callee"))
        assert await leg.ended() == "BYE"
    assert ours(leg, "BYE") == ("", "booked")


async def test_an_outbound_call_that_is_cancelled(exchange: Exchange) -> None:
    async with dialled(exchange) as (leg, room):
        leg.ring()
        async with exchange.api() as lk:
            await lk.room.remove_participant(api.RoomParticipantIdentity(room=room, identity="callee"))
        assert await leg.ended() == "CANCEL"
    assert ours(leg, "CANCEL") == ("", "")
