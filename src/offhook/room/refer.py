"""Transfers the caller's phone to another number or SIP address. The LiveKit server sends a SIP REFER for this."""

import asyncio
import logging
import re
from collections.abc import Mapping
from datetime import timedelta

import aiohttp
from livekit import api
from livekit.protocol.sip import SIPTransferStatus

from offhook.core.call import Caller
from offhook.core.errors import OffhookError
from offhook.core.transfer import RINGING, TransferResult

__all__ = ["destination", "refer"]

log = logging.getLogger("offhook")

_MARGIN = 10.0
"""Seconds to wait after the ringing time, because the server still waits for the carrier's final report."""

_NUMBER = re.compile(r"\+?[0-9]{3,15}")
_SEPARATORS = re.compile(r"[\s().\-/]")
_TEL = re.compile(r"tel:\+?[0-9*#().\-]{1,40}(;[A-Za-z0-9\-=.+]+)*")
_SIP = re.compile(r"sips?:[^\s<>@\"]{1,128}@[A-Za-z0-9.\-\[\]:]{1,128}(;[A-Za-z0-9\-=.+%]+)*")


def destination(to: str) -> str:
    """Return `to` in the form that the LiveKit server accepts. Raises `OffhookError` if `to` is neither a phone number
    nor a `tel:` or SIP address.

    A number gets the prefix `tel:`, because the server refuses a number without the prefix.
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


async def refer(
    server: api.LiveKitAPI,
    room: str,
    caller: Caller,
    address: str,
    *,
    headers: Mapping[str, str] | None = None,
    ringing: float = RINGING,
) -> TransferResult:
    """Transfer the caller to `address`, a return value of `destination`. After a success, the server hangs up the
    caller's leg.

    If the server reports an error, the function does not raise; the result contains the error.
    """
    request = api.TransferSIPParticipantRequest(
        room_name=room,
        participant_identity=caller.identity,
        transfer_to=address,
        headers=dict(headers or {}),
        ringing_timeout=timedelta(seconds=ringing),  # type: ignore[arg-type]  # protobuf takes it; its stub does not
    )
    clock = asyncio.get_running_loop().time
    began = clock()
    try:
        async with asyncio.timeout(ringing + _MARGIN + 1):
            result = await server.sip.transfer_sip_participant(request, timeout=ringing + _MARGIN)
    except api.TwirpError as refused:
        log.warning(
            "a transfer was refused", extra={"code": refused.code, "pii_to": address, "pii_error": str(refused)}
        )
        return _refusal(refused, waited=clock() - began >= ringing)
    except TimeoutError:
        log.warning("a transfer was not answered", extra={"pii_to": address})
        waited = f"the server did not answer the transfer within {ringing + _MARGIN:g} s"
        return TransferResult("unknown", f"{waited}; it is not known whether the caller was transferred")
    except aiohttp.ClientError as error:
        log.warning("a transfer did not reach the server", extra={"error": type(error).__name__, "pii_to": address})
        return TransferResult("failed", f"the transfer did not reach the server: {type(error).__name__}")
    # After a success, livekit-server up to 1.13.5 sends no status. Protobuf reads a missing status as "ongoing", so any
    # status except "failed" is a success.
    if result.status == SIPTransferStatus.STS_TRANSFER_FAILED:
        code, text = int(result.sip_status.code), result.sip_status.status
        return TransferResult("failed", f"the transfer failed with SIP {code} {text}".rstrip(), code)
    return TransferResult("done")


def _refusal(refused: api.TwirpError, *, waited: bool) -> TransferResult:
    """Return the result for an error that the server reported. `waited` is True if the error came after the ringing
    time.
    """
    code = refused.sip_status_code if isinstance(refused, api.SipCallError) else None
    if code or refused.code not in (api.TwirpErrorCode.DEADLINE_EXCEEDED, api.TwirpErrorCode.CANCELED):
        return TransferResult("failed", _why(refused), int(code or 0))
    if waited:
        return TransferResult("unknown", "the carrier accepted the transfer and reported no result in time")
    return TransferResult("failed", "the carrier refused the transfer")  # the server sends no SIP code in this case


def _why(refused: api.TwirpError) -> str:
    """Return why the transfer failed, without the error's message, because the message may contain a phone number."""
    if isinstance(refused, api.SipCallError):
        if code := refused.sip_status_code:
            return f"the transfer was refused with SIP {code} {refused.sip_status or ''}".rstrip()
        return f"the transfer failed: {refused.sip_transfer_reason}"
    if refused.code == api.TwirpErrorCode.NOT_FOUND:
        return "the transfer failed: the server does not find the caller's phone in the room"
    return f"the server refused the transfer with {refused.code} ({refused.status}); does its token allow SIP calls?"
