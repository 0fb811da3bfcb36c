"""The results of transfers, and how long the other phone may ring."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["DECIDE", "RINGING", "TransferResult", "TransferStatus", "WarmStatus", "WarmTransferResult"]

RINGING = 30.0
"""Seconds that the other phone may ring. After that, the server reports that the transfer has failed."""

DECIDE = 60.0
"""Seconds that a colleague may take to accept or decline a call, from the beginning of the briefing."""

TransferStatus = Literal["done", "failed", "unknown"]


@dataclass(frozen=True, slots=True)
class TransferResult:
    """The result of a transfer. `code` is the SIP status of a refusal; 0 if there is none.

    "done": the other side accepted the call, and the caller leaves. "failed": the caller stays with the agent.
    "unknown": the server gave no result in time, or the caller left before the result. If the caller is still there,
    the agent can talk with the caller.
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
    """The result of a warm transfer. `code` is the SIP status of a phone that did not answer; 0 if there is none.

    "joined": the caller and the colleague talk, and the agent leaves. "declined": the colleague's phone declined the
    call, or the colleague declined after the briefing. "undecided": the colleague neither accepted nor declined in
    time. "caller_left": the caller hung up. "cancelled": the call ended on the agent's side. After every other status
    the caller is with the agent again.
    """

    status: WarmStatus
    detail: str = ""
    code: int = 0

    @property
    def joined(self) -> bool:
        return self.status == "joined"
