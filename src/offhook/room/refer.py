"""Transfers the caller's phone to another number or SIP address: a SIP REFER through the server's API."""

import asyncio
import logging
import re
from datetime import timedelta

import aiohttp
from livekit import api
from livekit.protocol.sip import SIPTransferStatus

from offhook.core.call import Caller
from offhook.core.errors import OffhookError, UnsupportedError

__all__ = ["RINGING", "destination", "refer"]

log = logging.getLogger("offhook")

RINGING = 30.0
"""Seconds that the other phone may ring. After that, the server reports that the transfer has failed."""
_MARGIN = 10.0
"""More seconds for the server's answer, because the server waits for the carrier's last report."""

_NUMBER = re.compile(r"\+?[0-9]{3,15}")
_SEPARATORS = re.compile(r"[\s().\-/]")
_TEL = re.compile(r"tel:\+?[0-9*#().\-]{1,40}(;[A-Za-z0-9\-=.+]+)*")
_SIP = re.compile(r"sips?:[^\s<>@\"]{1,128}@[A-Za-z0-9.\-\[\]:]{1,128}(;[A-Za-z0-9\-=.+%]+)*")


def destination(to: str) -> str:
    """Return the address in the form that LiveKit's server takes; raises `OffhookError` for other text.

    A number gets the prefix `tel:`, because the server refuses a number without it.
    """
    text = to.strip()
    if _NUMBER.fullmatch(number := _SEPARATORS.sub("", text)):
        return f"tel:{number}"
    scheme, _, rest = text.partition(":")
    address = f"{scheme.lower()}:{rest}"
    if _TEL.fullmatch(address) or _SIP.fullmatch(address):
        return address
    raise OffhookError(
        "a transfer goes to a number such as +15551234567, to tel:+15551234567 or to sip:desk@example.com"
    )


async def refer(server: api.LiveKitAPI, room: str, caller: Caller, to: str, *, ringing: float = RINGING) -> str:
    """Transfer the caller; returns after the other side has taken the call. The server then hangs up the caller's leg.

    Raises `UnsupportedError` for a caller who is not on a phone, and `OffhookError` if the transfer is refused or not
    answered; the call then goes on with the agent.
    """
    address = destination(to)
    if caller.kind != "phone":
        raise UnsupportedError(
            "the caller is not on a phone, and only a phone can be transferred; send an address instead"
        )
    request = api.TransferSIPParticipantRequest(
        room_name=room,
        participant_identity=caller.identity,
        transfer_to=address,
        ringing_timeout=timedelta(seconds=ringing),  # type: ignore[arg-type]  # protobuf takes it; its stub does not
    )
    try:
        async with asyncio.timeout(ringing + _MARGIN + 1):
            result = await server.sip.transfer_sip_participant(request, timeout=ringing + _MARGIN)
    except api.TwirpError as refused:
        log.warning(
            "a transfer was refused", extra={"code": refused.code, "pii_to": address, "pii_error": str(refused)}
        )
        raise OffhookError(_why(refused)) from None
    except TimeoutError:
        log.warning("a transfer was not answered", extra={"pii_to": address})
        waited = f"the server did not answer the transfer within {ringing + _MARGIN:g} s"
        raise OffhookError(f"{waited}; the caller may be transferred or not") from None
    except aiohttp.ClientError as error:
        log.warning("a transfer did not reach the server", extra={"error": type(error).__name__, "pii_to": address})
        raise OffhookError(f"the transfer did not reach the server: {type(error).__name__}") from None
    # livekit-server up to 1.13.5 gives no status, which reads as "ongoing" after a success.
    if result.status == SIPTransferStatus.STS_TRANSFER_FAILED:
        raise OffhookError(
            f"the transfer failed with SIP {result.sip_status.code:d} {result.sip_status.status}".rstrip()
        )
    return ""


def _why(refused: api.TwirpError) -> str:
    """Return the reason without the server's own text, which may have the number."""
    if isinstance(refused, api.SipCallError):
        if code := refused.sip_status_code:
            return f"the transfer was refused with SIP {code} {refused.sip_status or ''}".rstrip()
        return f"the transfer failed: {refused.sip_transfer_reason}"
    if refused.code == api.TwirpErrorCode.NOT_FOUND:
        return "the transfer failed: the server does not find the caller's phone in the room"
    return f"the server refused the transfer with {refused.code} ({refused.status}); does its token allow SIP calls?"
