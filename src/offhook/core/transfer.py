"""The result of a transfer, and how long the other phone may ring."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["RINGING", "TransferResult", "TransferStatus"]

RINGING = 30.0
"""Seconds that the other phone may ring. After that, the server reports that the transfer has failed."""

TransferStatus = Literal["done", "failed", "unknown"]


@dataclass(frozen=True, slots=True)
class TransferResult:
    """The result of a transfer. `code` is the SIP status of a refusal; 0 if there is none.

    "done": the other side took the call, and the caller leaves. "failed": the caller stays with the agent. "unknown":
    the server gave no result in time, or the caller left before the result. A caller who is still there can be talked
    to.
    """

    status: TransferStatus
    detail: str = ""
    code: int = 0

    @property
    def done(self) -> bool:
        return self.status == "done"
