"""Facts about the people in the room: the caller and the other participants."""

from dataclasses import dataclass
from typing import Literal

from offhook.core.facts.base import Fact

__all__ = [
    "CallerAbsent",
    "CallerFound",
    "CallerLeft",
    "CallerRejoined",
    "CallerStatus",
    "OtherParticipants",
]


@dataclass(frozen=True, slots=True)
class CallerFound(Fact):
    """The caller is in the room; a phone may still be ringing (`active` is False).

    `number` and the fields after `number` are set only if the caller is on the phone. `trunk_number` is the number on
    the agent's side: the number or name that an inbound caller dialled, or the number from which the agent dialled.
    `sip_call` is LiveKit's id of the SIP call, and `full_sip_call` is the Call-ID of the SIP dialog.
    """

    identity: str
    phone: bool
    active: bool
    name: str = ""
    number: str = ""
    direction: Literal["inbound", "outbound", ""] = ""
    trunk_number: str = ""
    trunk: str = ""
    rule: str = ""
    sip_call: str = ""
    status: str = ""
    full_sip_call: str = ""


@dataclass(frozen=True, slots=True)
class CallerStatus(Fact):
    """The SIP call status of the caller's phone, such as ringing, active or hangup."""

    status: str


@dataclass(frozen=True, slots=True)
class CallerLeft(Fact):
    """The caller is no longer in the room. `successor`: a new phone call has joined the room with the caller's
    identity.
    """

    reason: str
    successor: bool = False


@dataclass(frozen=True, slots=True)
class CallerAbsent(Fact):
    """The caller is absent and may rejoin.

    If `reason` is empty, the agent's connection to the server was interrupted, and the caller has not rejoined yet. If
    `reason` is not empty, a new connection with the caller's identity (for example after a page reload) replaces the
    caller's old connection.
    """

    reason: str = ""


@dataclass(frozen=True, slots=True)
class CallerRejoined(Fact):
    """The absent caller is in the room again."""


@dataclass(frozen=True, slots=True)
class OtherParticipants(Fact):
    """The number of participants in the room other than the caller and this agent; `agents` counts other agents."""

    count: int
    agents: int = 0
