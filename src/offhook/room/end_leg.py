"""Ends the call of one phone with SIP headers, through an RPC method of LiveKit's SIP bridge."""

import asyncio
import json
import logging
from collections.abc import Sequence

from livekit import rtc

from offhook.core.headers import Header
from offhook.room.participants import sip_of, status_of

__all__ = ["end_leg"]

log = logging.getLogger("offhook")

_METHOD = "lk.sip.EndCall"
_TIMEOUT = 2.0
"""Maximum seconds to wait for the reply of the SIP bridge. A bridge that has this method replies in about 3 ms. An
older bridge does not have the method.
"""
_LEAVE = 1.0
"""Maximum seconds from the reply of the SIP bridge until the phone has left the room."""


async def end_leg(room: rtc.Room, identity: str, headers: Sequence[Header]) -> bool:
    """Ask LiveKit's SIP bridge to end the phone's call with a SIP BYE that has these headers. Return True if the phone
    has left the room.

    If the participant is not a phone, or is a dialled phone that is still ringing, send nothing and return False. The
    bridge would keep the request for a ringing phone until the phone is answered.
    """
    phone = room.remote_participants.get(identity)
    if phone is None or phone.kind != rtc.ParticipantKind.PARTICIPANT_KIND_SIP:
        return False
    sip = sip_of(phone)
    if sip is not None and sip.direction == "outbound" and status_of(phone) != "active":
        return False
    left = asyncio.Event()

    def on_left(one: rtc.RemoteParticipant) -> None:
        if one.identity == identity:
            left.set()

    room.on("participant_disconnected", on_left)
    try:
        await _ask(room, identity, headers)
        async with asyncio.timeout(_LEAVE):
            await left.wait()
    except TimeoutError:
        log.warning("the SIP bridge did not end the call of a phone in time")
        return identity not in room.remote_participants
    finally:
        room.off("participant_disconnected", on_left)
    return True


async def _ask(room: rtc.Room, identity: str, headers: Sequence[Header]) -> None:
    """Call the RPC method of the SIP bridge. An error is only logged, because the bridge may report an error although
    the phone's call has ended.
    """
    payload = json.dumps({"headers": {one.name: one.value for one in headers}})
    try:
        async with asyncio.timeout(_TIMEOUT):
            await room.local_participant.perform_rpc(
                destination_identity=identity, method=_METHOD, payload=payload, response_timeout=_TIMEOUT
            )
    except rtc.RpcError as error:
        log.info("the SIP bridge reported an error", extra={"code": error.code, "error": error.message})
