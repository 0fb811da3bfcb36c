"""Ends the call of one phone and sends SIP headers. Uses a method of LiveKit's SIP bridge."""

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
"""Maximum seconds to wait for the answer of the SIP bridge. A bridge with this method answers in 3 ms; an older bridge
does not have the method.
"""
_LEAVE = 1.0
"""Seconds that the phone may take to leave the room after the answer."""


async def end_leg(room: rtc.Room, identity: str, headers: Sequence[Header]) -> bool:
    """Let the SIP bridge send the BYE with these headers. Return True if the phone has left the room.

    For other participants, and for a dialled phone that rings, send nothing and return False. For a ringing phone, the
    bridge would keep the request until the phone is answered.
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
    """Call the method of the bridge. The bridge may report an error although the phone's call has ended."""
    payload = json.dumps({"headers": {one.name: one.value for one in headers}})
    try:
        async with asyncio.timeout(_TIMEOUT):
            await room.local_participant.perform_rpc(
                destination_identity=identity, method=_METHOD, payload=payload, response_timeout=_TIMEOUT
            )
    except rtc.RpcError as error:
        log.info("the SIP bridge reported an error", extra={"code": error.code, "error": error.message})
