"""The phone calls of the emulated SIP service: each dialled phone is a scripted caller with participant kind SIP."""

import asyncio
import uuid
from collections.abc import Sequence
from contextlib import suppress

from google.protobuf.message import Message
from livekit import api
from livekit.protocol.sip import TransferSIPParticipantResponse

from offhook.testing.live.callee import Callee, TransferReply, sip_error
from offhook.testing.live.caller import Caller
from offhook.testing.live.phone import Phone
from offhook.testing.live.waiting import Signal

__all__ = ["EmulatedCalls", "check_dial", "timed_out"]

RINGING = 30.0
"""Seconds that a phone rings if the request has no ringing timeout."""
_BYE = 1.0
"""Seconds from a successful transfer until the transferred leg hangs up, as measured on livekit-sip."""


class EmulatedCalls:
    """Dials and transfers emulated phones in the rooms of the server at `url`."""

    def __init__(self, url: str, *, key: str, secret: str, callees: Sequence[Callee], trunks: Sequence[str]) -> None:
        self._url, self._key, self._secret = url, key, secret
        self._callees, self._trunks = list(callees), frozenset(trunks)
        self.transfer_reply = TransferReply()
        self.requests: list[Message] = []
        self.phones: dict[str, Caller] = {}
        self.changed = Signal()
        self._tasks: set[asyncio.Task[None]] = set()
        self._joined: list[Caller] = []

    def authorize(self, header: str) -> None:
        """If the token does not permit SIP calls, raise the error that livekit-server returns."""
        try:
            claims = api.TokenVerifier(self._key, self._secret).verify(header.removeprefix("Bearer "))
        except Exception:  # noqa: BLE001  # the token library raises many kinds of errors
            raise api.ServerError("unauthenticated", "invalid token", status=401) from None
        if claims.sip is None or not claims.sip.call:
            raise api.ServerError("permission_denied", "permissions denied", status=403)

    async def dial(self, request: api.CreateSIPParticipantRequest) -> api.SIPParticipantInfo:
        """Dial a phone. With `wait_until_answered`, return when the phone answers, and raise if it does not answer."""
        self.requests.append(request)
        check_dial(request, self._trunks)
        callee = self._callees.pop(0) if len(self._callees) > 1 else self._callees[0]
        phone = Phone(
            number=request.sip_call_to,
            dialled=request.sip_number or "+15550002222",
            trunk=request.sip_trunk_id,
            rule="",
            status="dialing",
            id=f"SCL_{uuid.uuid4().hex[:12]}",
        )
        identity = request.participant_identity or f"sip_{request.sip_call_to}"
        caller = Caller(
            url=self._url,
            api_key=self._key,
            api_secret=self._secret,
            room=request.room_name,
            identity=identity,
            name=request.participant_name,
            attributes=dict(request.participant_attributes),
            phone=phone,
        )
        await caller.__aenter__()
        self._joined.append(caller)
        self.phones[identity] = caller
        self.changed()
        ringing = asyncio.create_task(self._ring(caller, callee, request), name=f"ring {identity}")
        if request.wait_until_answered:
            await ringing
        else:
            self._own(ringing)
        return api.SIPParticipantInfo(
            participant_identity=identity, room_name=request.room_name, sip_call_id=phone.id, participant_id="PA_phone"
        )

    async def _ring(self, caller: Caller, callee: Callee, request: api.CreateSIPParticipantRequest) -> None:
        """Ring until the phone answers or refuses, the ringing timeout passes, or the agent cancels the call."""
        longest = request.ringing_timeout.ToTimedelta().total_seconds() or RINGING
        if callee.rings:
            await caller.set_sip_status("ringing")
        answered = callee.code is not None and callee.rings and callee.after < longest
        with suppress(TimeoutError):
            async with asyncio.timeout(callee.after if answered else longest):
                await caller.left.wait()
                raise timed_out()
        if callee.code != 200 or not answered:
            await caller.hang_up()
            raise sip_error(callee.code) if answered and callee.code else timed_out()
        if request.dtmf:
            await caller.set_sip_status("automation")
        await caller.set_sip_status("active")
        if callee.keys:
            self._own(asyncio.create_task(_press(caller, callee), name=f"keys {caller.identity}"))

    async def transfer(self, request: api.TransferSIPParticipantRequest) -> Message:
        """Transfer a phone. If the transfer succeeds, the phone hangs up its leg a second later."""
        self.requests.append(request)
        if not request.transfer_to.startswith(("sip:", "sips:", "tel:")):
            raise api.ServerError("invalid_argument", "transfer_to must be a sip: or tel: URI", status=400)
        caller = self.phones.get(request.participant_identity)
        if caller is None or caller.left.is_set():
            raise api.ServerError("not_found", "participant does not exist", status=404)
        reply = self.transfer_reply
        if reply.hangs_up:
            await caller.hang_up()
            return TransferSIPParticipantResponse()
        longest = request.ringing_timeout.ToTimedelta().total_seconds() or RINGING
        with suppress(TimeoutError):
            async with asyncio.timeout(longest if reply.code is None else reply.after):
                await caller.left.wait()
        if reply.code is None:
            raise timed_out()
        if reply.code != 200:
            raise sip_error(reply.code)
        self._own(asyncio.create_task(_leave_after(caller, _BYE), name="transferred"))
        return TransferSIPParticipantResponse()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for caller in self._joined:
            await caller.__aexit__(None, None, None)

    def _own(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # reading the error marks it as handled, because no code awaits this task


async def _leave_after(caller: Caller, seconds: float) -> None:
    await asyncio.sleep(seconds)
    await caller.hang_up()


def check_dial(request: api.CreateSIPParticipantRequest, trunks: frozenset[str]) -> None:
    """If livekit-server would refuse this request without dialling, raise the server's error."""
    if not request.sip_trunk_id:
        raise api.ServerError("invalid_argument", "missing sip trunk id and sip number", status=400)
    if request.sip_trunk_id not in trunks:
        raise api.ServerError("not_found", "requested sip trunk does not exist", status=404)
    if not request.sip_call_to:
        raise api.ServerError("invalid_argument", "missing sip callee number", status=400)
    if "@" in request.sip_call_to:
        text = "SipCallTo should be a phone number or SIP user, not a full SIP URI"
        raise api.ServerError("invalid_argument", text, status=400)


def timed_out() -> api.ServerError:
    """Return livekit-server's error for a call that nobody answers, that the agent cancels, or to which no SIP host
    responds.
    """
    return api.ServerError("canceled", "twirp error unknown: sip request timed out", status=408)


async def _press(caller: Caller, callee: Callee) -> None:
    await asyncio.sleep(callee.thinks)
    if not caller.left.is_set():
        await caller.press(callee.keys)
