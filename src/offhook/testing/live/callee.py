"""How an emulated phone reacts when it is dialled or transferred, and the errors that LiveKit's server then returns."""

from collections.abc import Mapping
from dataclasses import dataclass

from livekit import api

from offhook.core.errors import OffhookError

__all__ = ["Callee", "TransferReply", "sip_error"]

_TWIRP: Mapping[int, tuple[str, int]] = {
    400: ("invalid_argument", 400),
    402: ("permission_denied", 403),
    403: ("permission_denied", 403),
    404: ("not_found", 404),
    408: ("deadline_exceeded", 408),
    410: ("not_found", 404),
    480: ("resource_exhausted", 429),
    486: ("resource_exhausted", 429),
    487: ("aborted", 409),
    500: ("failed_precondition", 412),
    503: ("failed_precondition", 412),
    504: ("deadline_exceeded", 408),
    600: ("resource_exhausted", 429),
    603: ("permission_denied", 403),
    604: ("not_found", 404),
    607: ("permission_denied", 403),
    608: ("permission_denied", 403),
}
"""The error code and the HTTP status of livekit-server 1.13.5 for a final SIP response."""
PHRASES: Mapping[int, str] = {
    403: "Forbidden",
    404: "Not Found",
    408: "Request Timeout",
    480: "Temporarily Unavailable",
    486: "Busy Here",
    487: "Request Terminated",
    500: "Server Internal Error",
    503: "Service Unavailable",
    600: "Busy Everywhere",
    603: "Decline",
}


@dataclass(frozen=True, slots=True)
class Callee:
    """The phone that an agent dials in a test.

    The phone rings for `after` seconds. Then the phone answers (`code` 200), or refuses with another SIP code, such as
    486 (busy) or 603 (declined). With `code=None`, the phone rings until the ringing timeout passes or the agent
    cancels the call. With `rings=False`, the phone acts like a SIP host that does not respond. `thinks` seconds after
    the phone answers, the phone presses `keys` (DTMF).
    """

    after: float = 1.0
    code: int | None = 200
    rings: bool = True
    keys: str = ""
    thinks: float = 3.0

    def __post_init__(self) -> None:
        if self.code is not None and self.code != 200 and not 400 <= self.code <= 699:
            raise OffhookError(f"Callee(code={self.code}): give 200, a final SIP code of 400 to 699, or None")


@dataclass(frozen=True, slots=True)
class TransferReply:
    """The result of a transfer (SIP REFER): the final SIP code, which the phone's side reports after `after` seconds.

    With `code=None`, the phone's side reports nothing, and the server waits until the ringing timeout passes. With
    `hangs_up`, the caller hangs up during the transfer; the server reports the hang-up as a success.
    """

    code: int | None = 200
    after: float = 1.0
    hangs_up: bool = False


def sip_error(code: int) -> api.ServerError:
    """Return the error that livekit-api raises if a phone call ends with this SIP code."""
    if code in (401, 407):  # the carrier requires a password that the trunk does not have
        text = "sip server required auth, but no username or password was provided"
        return api.ServerError("failed_precondition", f"twirp error unknown: {text}", status=412)
    twirp, status = _TWIRP.get(code, ("unknown" if code < 500 else "failed_precondition", 500 if code < 500 else 412))
    phrase = PHRASES.get(code, "")
    meta = {"sip_status_code": str(code), "sip_status": phrase}
    return api.SipCallError(twirp, f"INVITE failed: sip status: {code}: {phrase}", status=status, metadata=meta)
