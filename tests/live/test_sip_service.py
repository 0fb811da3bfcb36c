"""The emulated SIP service: livekit-api sees the answers, errors and participants of a real SIP service."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from livekit import api, rtc

from offhook.dev.server import LocalServer
from offhook.testing import Callee, SipService, TransferReply
from offhook.testing.live.waiting import Signal

pytestmark = pytest.mark.live


class Watched:
    """A room seen by an agent: the states of the phone."""

    def __init__(self, room: rtc.Room) -> None:
        self.states, self.changed = list[str](), Signal()
        room.on("participant_connected", self._note)
        room.on("participant_attributes_changed", lambda _, who: self._note(who))

    def _note(self, who: rtc.Participant) -> None:
        assert who.kind == rtc.ParticipantKind.PARTICIPANT_KIND_SIP
        self.states.append(who.attributes["sip.callStatus"])
        self.changed()

    async def is_active(self) -> None:
        """Wait until the phone has answered."""
        seen = await self.changed.until(lambda: "active" in self.states or None, over=asyncio.Event(), seconds=5)
        assert seen, self.states


@pytest.fixture
async def service(livekit: LocalServer) -> AsyncIterator[SipService]:
    key: dict[str, Any] = {"api_key": livekit.api_key, "api_secret": livekit.api_secret}
    callees = [Callee(after=0.2), Callee(after=0.1, code=486), Callee(code=None), Callee(code=None)]
    async with SipService(livekit.url, **key, callees=callees, transfer=TransferReply(603, after=0.1)) as running:
        yield running


async def refused(lk: api.LiveKitAPI, request: api.CreateSIPParticipantRequest) -> api.ServerError:
    with pytest.raises(api.ServerError) as caught:
        await lk.sip.create_sip_participant(request)
    return caught.value


async def test_a_dialled_phone_behaves_like_one_on_a_real_sip_service(
    livekit: LocalServer, service: SipService, room: str
) -> None:
    def request(**fields: Any) -> api.CreateSIPParticipantRequest:
        given = {"sip_trunk_id": "ST_test", "sip_call_to": "+15551234567", **fields}
        ringing = timedelta(seconds=0.5)
        return api.CreateSIPParticipantRequest(
            room_name=room,
            participant_identity="phone",
            wait_until_answered=True,
            ringing_timeout=ringing,  # type: ignore[arg-type]  # protobuf takes it; its stub does not
            **given,
        )

    lk = api.LiveKitAPI(service.url, livekit.api_key, livekit.api_secret)
    watching = rtc.Room()
    watched = Watched(watching)
    grants = api.VideoGrants(room_join=True, room=room)
    token = api.AccessToken(livekit.api_key, livekit.api_secret).with_identity("agent").with_grants(grants)
    await watching.connect(service.url, token.to_jwt())  # through the proxy, as a worker does
    async with lk:
        found = await lk.sip.create_sip_participant(request(dtmf="1#", participant_name="Ann"))
        assert (found.participant_identity, found.room_name) == ("phone", room)
        await watched.is_active()
        assert watched.states[-3:] == ["ringing", "automation", "active"]  # "dialing" may be too short to be seen
        number = watching.remote_participants["phone"].attributes["sip.phoneNumber"]
        assert (watching.remote_participants["phone"].name, number) == ("Ann", "+15551234567")
        move = api.TransferSIPParticipantRequest(room_name=room, participant_identity="phone", transfer_to="tel:+1555")
        with pytest.raises(api.SipCallError) as no:
            await lk.sip.transfer_sip_participant(move)
        assert no.value.sip_status_code == 603
        busy = await refused(lk, request())
        assert isinstance(busy, api.SipCallError)
        assert (busy.sip_status_code, busy.code) == (486, "resource_exhausted")
        unanswered = await refused(lk, request())
        assert (unanswered.code, isinstance(unanswered, api.SipCallError)) == ("canceled", False)
        assert (await refused(lk, request(sip_trunk_id="ST_other"))).code == "not_found"
        assert (await refused(lk, request(sip_call_to="a@b"))).code == "invalid_argument"
    await watching.disconnect()
