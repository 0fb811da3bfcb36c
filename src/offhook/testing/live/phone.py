"""Gives a caller without a real phone the attributes that LiveKit's SIP bridge sets for a phone."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["CallStatus", "Phone"]

CallStatus = Literal["dialing", "ringing", "automation", "active", "hangup"]


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone in the room. Without a `rule` the call is outbound: the agent dialled the phone."""

    number: str = "+15105550100"
    dialled: str = "+15105550199"
    trunk: str = "ST_test"
    rule: str = "SDR_test"
    status: CallStatus = "active"
    headers: Mapping[str, str] = field(default_factory=dict)
    id: str = field(default_factory=lambda: f"SCL_{uuid.uuid4().hex[:12]}")

    def attributes(self) -> dict[str, str]:
        """Return the phone's participant attributes, with headers as a trunk with `include_headers` adds them."""
        attributes = {
            "sip.callID": self.id,
            "sip.callStatus": self.status,
            "sip.phoneNumber": self.number,
            "sip.trunkPhoneNumber": self.dialled,
            "sip.trunkID": self.trunk,
            "sip.ruleID": self.rule,
        }
        attributes |= {f"sip.h.{name.lower()}": value for name, value in self.headers.items()}
        return {name: value for name, value in attributes.items() if value}
