"""Gives a caller without a real phone the attributes that LiveKit's SIP bridge sets for a phone."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["CallStatus", "Phone"]

CallStatus = Literal["dialing", "ringing", "automation", "active", "hangup"]


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone in the room. Without a `rule` the call is outbound: the agent dialled the phone.

    With `include_headers`, the SIP headers are participant attributes too, as with a trunk that has SIP_ALL_HEADERS.
    """

    number: str = "+15105550100"
    dialled: str = "+15105550199"
    trunk: str = "ST_test"
    rule: str = "SDR_test"
    status: CallStatus = "active"
    headers: Mapping[str, str] = field(default_factory=dict)
    include_headers: bool = True
    id: str = field(default_factory=lambda: f"SCL_{uuid.uuid4().hex[:12]}")

    def attributes(self) -> dict[str, str]:
        """Return the phone's participant attributes."""
        attributes = {
            "sip.callID": self.id,
            "sip.callStatus": self.status,
            "sip.phoneNumber": self.number,
            "sip.trunkPhoneNumber": self.dialled,
            "sip.trunkID": self.trunk,
            "sip.ruleID": self.rule,
        }
        if self.include_headers:
            attributes |= {f"sip.h.{name.lower()}": value for name, value in self.headers.items()}
        return {name: value for name, value in attributes.items() if value}

    def headers_reply(self) -> str:
        """Return what LiveKit's SIP service answers to the RPC `lk.sip.GetRemoteHeaders`."""
        return json.dumps({"headers": dict(self.headers)})
