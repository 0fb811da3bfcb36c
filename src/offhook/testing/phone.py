"""What LiveKit's SIP bridge says about a phone, for a caller that only claims to be one."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["CallStatus", "Phone"]

CallStatus = Literal["dialing", "ringing", "automation", "active", "hangup"]


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone on the line; without a `rule` it is one that the agent dialled."""

    number: str = "+15105550100"
    dialled: str = "+15105550199"
    trunk: str = "ST_test"
    rule: str = "SDR_test"
    status: CallStatus = "active"
    headers: Mapping[str, str] = field(default_factory=dict)
    id: str = field(default_factory=lambda: f"SCL_{uuid.uuid4().hex[:12]}")

    def attributes(self) -> dict[str, str]:
        """The attributes its participant carries; headers as a trunk with `include_headers` gives them."""
        told = {
            "sip.callID": self.id,
            "sip.callStatus": self.status,
            "sip.phoneNumber": self.number,
            "sip.trunkPhoneNumber": self.dialled,
            "sip.trunkID": self.trunk,
            "sip.ruleID": self.rule,
        }
        told |= {f"sip.h.{name.lower()}": value for name, value in self.headers.items()}
        return {name: value for name, value in told.items() if value}
