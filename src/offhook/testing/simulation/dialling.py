"""The SIP service of a simulated server: dials phones and transfers them."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from livekit import api, rtc
from livekit.protocol.sip import TransferSIPParticipantResponse

from offhook.core.errors import OffhookError
from offhook.testing.live.callee import Callee, TransferReply, sip_error
from offhook.testing.live.phone import Phone
from offhook.testing.live.sip_service_calls import RINGING, check_dial, timed_out
from offhook.testing.simulation.people import Person
from offhook.testing.simulation.room import SimulatedRoom
from offhook.testing.simulation.sounds import Line

__all__ = ["TRUNK", "Dialling", "SipService"]

TRUNK = "ST_simulated"
"""The id of the only outbound SIP trunk of the simulated server."""
_KEYS = "0123456789*#ABCD"
_BYE = 1.0
"""Seconds from the success of a transfer to the BYE that LiveKit's SIP bridge sends."""
_GONE = rtc.DisconnectReason.USER_UNAVAILABLE
_REFUSED = rtc.DisconnectReason.USER_REJECTED
_HUNG_UP = rtc.DisconnectReason.CLIENT_INITIATED
_REASONS = {503: _HUNG_UP, 500: _HUNG_UP, 404: _GONE, 408: _GONE, 480: _GONE}
"""Maps a SIP error code to the disconnect reason of the dialled phone, as measured on livekit-sip 1.11.0.

For all other codes, the reason is USER_REJECTED.
"""


class Dialling:
    """The phones that the agent dials.

    Each phone behaves as the next entry of `callees` says; after the end of the list, the last entry is used again. If
    the agent calls the scripted caller, `line` is the scripted caller's microphone, and each dialled phone uses this
    microphone. If the scripted caller calls the agent, `line` is None, and the dialled phones are colleagues, each with
    a silent microphone. `joined` is called with each dialled phone. `answered` is set when the first phone answers.
    """

    def __init__(self, room: SimulatedRoom) -> None:
        self.room = room
        self.callees: Sequence[Callee] = ()
        self.transfer = TransferReply(after=0.0)
        self.line: Line | None = None
        self.joined: Callable[[Person], None] = lambda _: None
        self.answered = asyncio.Event()
        self.requests: list[Any] = []

    async def dial(self, request: api.CreateSIPParticipantRequest) -> None:
        """Dial the next callee. With `wait_until_answered`, wait for the answer, or raise the server's error."""
        dialled = sum(isinstance(one, api.CreateSIPParticipantRequest) for one in self.requests)
        self.requests.append(request)
        check_dial(request, frozenset([TRUNK]))
        if not self.callees:
            raise OffhookError("the agent dials a phone; say how it reacts: simulate(…, callees=[Callee()])")
        callee = self.callees[min(dialled, len(self.callees) - 1)]
        phone = Phone(request.sip_call_to, request.sip_number, trunk=request.sip_trunk_id, rule="", status="dialing")
        person = Person(
            request.participant_identity,
            self.line or Line(),
            name=request.participant_name,
            kind=rtc.ParticipantKind.PARTICIPANT_KIND_SIP,
            attributes={**phone.attributes(), **request.participant_attributes},
        )
        self.room.join(person)
        self.joined(person)
        ringing = asyncio.create_task(self._ring(person, callee, request), name="ringing")
        if request.wait_until_answered:
            await ringing

    async def _ring(self, person: Person, callee: Callee, request: api.CreateSIPParticipantRequest) -> None:
        longest = request.ringing_timeout.ToTimedelta().total_seconds() or RINGING
        if callee.rings:
            self.room.change(person.identity, {"sip.callStatus": "ringing"})
        final = callee.code is not None and callee.rings and callee.after < longest
        with suppress(TimeoutError):
            async with asyncio.timeout(callee.after if final else longest):
                await person.left.wait()
                raise timed_out()
        if not final or callee.code is None:
            self.room.leave(person.identity, _GONE)
            raise timed_out()
        if callee.code != 200:
            self.room.leave(person.identity, _REASONS.get(callee.code, _REFUSED))
            raise sip_error(callee.code)
        if request.dtmf:
            self.room.change(person.identity, {"sip.callStatus": "automation"})
        self.room.change(person.identity, {"sip.callStatus": "active"})
        self.answered.set()
        if callee.keys:
            self._pressing = asyncio.create_task(self._press(person, callee), name="keys")

    async def _press(self, person: Person, callee: Callee) -> None:
        await asyncio.sleep(callee.thinks)
        if not person.left.is_set():
            for digit in callee.keys:
                self.room.press(person.identity, digit, _KEYS.index(digit))


class SipService:
    """The attribute `sip` of a simulated `LiveKitAPI`. `take` records a request, and raises an error for an unknown
    room.
    """

    def __init__(self, dialling: Dialling, take: Callable[[str, str], None]) -> None:
        self._dialling, self._take = dialling, take

    def __getattr__(self, name: str) -> Any:
        raise OffhookError(f"the simulated server has no {name}; test {name} with a real server")

    async def create_sip_participant(
        self,
        create: api.CreateSIPParticipantRequest,
        *,
        timeout: float | None = None,  # noqa: ASYNC109  # LiveKit's signature
    ) -> api.SIPParticipantInfo:
        self._take(f"dial {create.sip_call_to}", create.room_name)
        async with asyncio.timeout(timeout):
            await self._dialling.dial(create)
        return api.SIPParticipantInfo(participant_identity=create.participant_identity, room_name=create.room_name)

    async def transfer_sip_participant(
        self,
        transfer: api.TransferSIPParticipantRequest,
        *,
        timeout: float | None = None,  # noqa: ASYNC109  # LiveKit's signature
    ) -> TransferSIPParticipantResponse:
        self._take(f"transfer to {transfer.transfer_to}", transfer.room_name)
        room, identity, reply = self._dialling.room, transfer.participant_identity, self._dialling.transfer
        self._dialling.requests.append(transfer)
        person = room.remote_participants.get(identity)
        if person is None:
            raise api.ServerError("not_found", "participant does not exist", status=404)
        ringing = transfer.ringing_timeout.ToTimedelta().total_seconds() or RINGING
        async with asyncio.timeout(timeout):
            if reply.hangs_up:
                room.leave(identity, _HUNG_UP)
            await asyncio.sleep(ringing if reply.code is None else reply.after)
        if reply.code is None:
            raise timed_out()
        if reply.code != 200:
            raise sip_error(reply.code)
        asyncio.get_running_loop().call_later(_BYE, room.leave, identity, _HUNG_UP)
        return TransferSIPParticipantResponse()
