"""The results of transfers, and the time limits of a transfer."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["DECIDE", "RINGING", "TransferResult", "TransferStatus", "WarmStatus", "WarmTransferResult"]

RINGING = 30.0
"""Seconds that the phone of the transfer's target may ring. After that time, LiveKit reports that the transfer has
failed.
"""

DECIDE = 60.0
"""Seconds, from the start of the briefing, in which the colleague can accept or decline the call."""

TransferStatus = Literal["done", "failed", "unknown"]


@dataclass(frozen=True, slots=True)
class TransferResult:
    """The result of a transfer. `code` is the SIP status with which the transfer was refused, or 0.

    "done": the transfer's target accepted the call, and the caller leaves the room. "failed": the caller stays with the
    agent. "unknown": the LiveKit server gave no result in time, or the caller left before the result. If the caller is
    still in the room after "unknown", the agent can talk with the caller.
    """

    status: TransferStatus
    detail: str = ""
    code: int = 0

    @property
    def done(self) -> bool:
        return self.status == "done"


WarmStatus = Literal[
    "joined", "busy", "no_answer", "declined", "undecided", "unreachable", "failed", "caller_left", "cancelled"
]


@dataclass(frozen=True, slots=True)
class WarmTransferResult:
    """The result of a warm transfer. `code` is the SIP status if the colleague's phone did not answer, else 0.

    "joined": the caller and the colleague talk, and the agent leaves. "declined": the colleague's phone declined the
    call, or the colleague declined after the briefing. "undecided": the colleague neither accepted nor declined in
    time. "caller_left": the caller hung up. "cancelled": the call ended on the agent's side.

    After every status except "joined", "caller_left" and "cancelled", the caller is with the agent again.
    """

    status: WarmStatus
    detail: str = ""
    code: int = 0

    @property
    def joined(self) -> bool:
        return self.status == "joined"
