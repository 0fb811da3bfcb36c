"""Reads all SIP headers of a phone call with an RPC to the phone's participant. LiveKit's SIP service answers it."""

import asyncio
import json
import logging
from collections.abc import Mapping
from weakref import WeakValueDictionary

from livekit import rtc

from offhook.core.call import Call
from offhook.core.errors import RoomError, UnsupportedError
from offhook.core.sip.read import with_headers
from offhook.core.sip.sip_facts import SipFacts

__all__ = ["TIMEOUT", "fetch_headers", "remember_room"]

log = logging.getLogger("offhook")

TIMEOUT = 3.0
"""Seconds to wait for the answer; then `RoomError` is raised. LiveKit's own timeout is at least 7 s."""
_METHOD = "lk.sip.GetRemoteHeaders"
_ROOMS: WeakValueDictionary[str, rtc.Room] = WeakValueDictionary()
_TOO_OLD = (rtc.RpcError.ErrorCode.UNSUPPORTED_METHOD, rtc.RpcError.ErrorCode.UNSUPPORTED_SERVER)


def remember_room(call: Call, room: rtc.Room) -> None:
    """Remember the room of this call for `fetch_headers`, with a weak reference."""
    _ROOMS[call.id] = room


async def fetch_headers(call: Call, *names: str) -> SipFacts:
    """Return `call.sip` with all SIP headers that the caller's side sent, including headers that the SIP trunk does not
    copy to attributes.

    Call this function in a plan function while the phone rings, or in a tool: `await fetch_headers(call_of(ctx).call)`.
    If all `names` are in `call.sip.headers` already, no request is made. Raises `UnsupportedError` if the caller is not
    on a phone, or if LiveKit's SIP service is older than 1.4.0. Raises `RoomError` if the call is over, or if no valid
    answer comes within 3 s.
    """
    if call.sip is None:
        raise UnsupportedError("the caller is not on the phone, so the call has no SIP headers; look at call.sip first")
    if names and all(name in call.sip.headers for name in names):
        return call.sip
    room = _ROOMS.get(call.id)
    if room is None:
        raise RoomError("the call is over, or it is not a running call of this process; read headers during the call")
    return with_headers(call.sip, _read(await _ask(room.local_participant, call.caller.identity)))


async def _ask(me: rtc.LocalParticipant, phone: str) -> str:
    try:
        async with asyncio.timeout(TIMEOUT):  # otherwise LiveKit waits 7 s for an absent participant
            return await me.perform_rpc(
                destination_identity=phone, method=_METHOD, payload="{}", response_timeout=TIMEOUT
            )
    except TimeoutError:
        raise RoomError(f"the phone's SIP headers did not arrive within {TIMEOUT:g} s; the call goes on") from None
    except rtc.RpcError as error:
        log.warning("the SIP headers were not read", extra={"code": error.code, "pii_error": error.message})
        if error.code in _TOO_OLD:
            raise UnsupportedError(
                "the SIP service cannot give headers; use livekit-sip 1.4.0 or newer, or the trunk's include_headers"
            ) from None
        raise RoomError(f"the phone's SIP headers were not read: LiveKit answered with error {error.code}") from None


def _read(reply: str) -> Mapping[str, str]:
    """Return the SIP headers in the reply. Raises `RoomError` if the reply is malformed."""
    try:
        headers = json.loads(reply)["headers"]
        return {name: text for name, text in headers.items() if isinstance(text, str)}
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        raise RoomError("the answer to the request for SIP headers is malformed; is livekit-sip up to date?") from None
