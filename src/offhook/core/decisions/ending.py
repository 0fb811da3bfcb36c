"""Decisions about the end of the call."""

from dataclasses import dataclass
from typing import final

from offhook.core.ending import EndReason, Scope
from offhook.core.headers import Header

__all__ = [
    "CancelEnding",
    "EndCall",
    "HangUp",
]


@final
@dataclass(frozen=True, slots=True)
class EndCall:
    """Request the end of the call; the ending policy handles the request."""

    reason: EndReason
    goodbye: str | None = None
    scope: Scope | None = None
    by: str = ""
    headers: tuple[Header, ...] = ()
    why: str = ""


@final
@dataclass(frozen=True, slots=True)
class CancelEnding:
    """Cancel the requested end of the call; the conversation continues."""

    reason: EndReason
    why: str = ""


@final
@dataclass(frozen=True, slots=True)
class HangUp:
    """Hang up now. If the caller is on the phone, `headers` go into the SIP BYE.

    `successor` is True if another phone call has taken over the caller's identity in the room. In this case,
    offhook dispatches another agent for the other phone call before this agent leaves.
    """

    reason: EndReason
    scope: Scope
    detail: str = ""
    headers: tuple[Header, ...] = ()
    successor: bool = False
    why: str = ""
