"""What is known about a telephone call: the value `call.sip`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields

from offhook.core.sip.address import NO_VALUES, SipAddress
from offhook.core.sip.attestation import Attestation
from offhook.core.sip.headers import HEADER, Headers
from offhook.core.sip.quoting import quote_data
from offhook.core.sip.trust import Direction, Trust, field_trust

__all__ = ["SipFacts"]

_NO_HEADER = "the call has no such header, or the trunk's include_headers leaves it out; use fetch_headers(call)"
_NOT_SET = "LiveKit has not set it"


@dataclass(frozen=True, slots=True)
class SipFacts:
    """What is known about a telephone call. A value that is absent is None, and `why_absent` gives the reason.

    In an inbound call, `caller` is the address of the caller and `dialled` is the number or name that the caller
    dialled. In an outbound call, `caller` is the agent's number and `dialled` is the number that the agent dialled.
    `status` is the SIP status at the time when offhook read the attributes. The direction is "unknown" if the SIP
    service has set no attributes yet (livekit-sip before 1.1.1).
    """

    direction: Direction
    caller: SipAddress | None = None
    dialled: SipAddress | None = None
    display_name: str | None = None
    trunk: str | None = None
    rule: str | None = None
    call_id: str | None = None
    full_call_id: str | None = None
    status: str | None = None
    hostname: str | None = None
    attestation: Attestation | None = None
    provider_ids: Mapping[str, str] = field(default_factory=lambda: NO_VALUES)
    headers: Headers = field(default_factory=Headers)
    problems: Mapping[str, str] = field(default_factory=lambda: NO_VALUES)

    def trust(self, name: str) -> Trust:
        """Return how far the field with this name can be trusted. The trust of "headers" applies to every header.

        The number of an inbound caller is "attested" if the carrier reports a passed check of the number with
        attestation A.
        """
        trust = field_trust(name, self.direction, trunk=self.trunk is not None)
        if name != "caller" or trust != "caller" or self.trunk is None:
            return trust
        number = self.caller.number if self.caller else ""
        return "attested" if self.attestation and self.attestation.attests(number) else "caller"

    def why_absent(self, name: str) -> str:
        """Return why this field, or the header `sip.h.<name>`, is absent; "" if it is present."""
        if name.startswith(HEADER):
            header = name.removeprefix(HEADER)
            if header in self.headers:
                return ""
            return self.problems.get(f"{HEADER}{header.lower()}") or self.problems.get("headers", _NO_HEADER)
        if name not in _FIELDS:
            return f"there is no field {name[:80]!r}"
        return self.problems.get(name, "" if getattr(self, name) else _NOT_SET)

    def quoted(self, headers: Sequence[str] = ()) -> str:
        """Return quoted data for the LLM's prompt: the addresses, the display name, and the headers with these names.

        The values are JSON in a data block, so that the LLM does not take words from the caller's side for
        instructions.
        """
        values = {"direction": str(self.direction)}
        for name, address in (("caller", self.caller), ("dialled", self.dialled)):
            if address is not None:
                values[name] = address.number or address.user
        if self.display_name is not None:
            values["display_name"] = self.display_name
        values |= {f"header {name}": self.headers[name] for name in headers if name in self.headers}
        return quote_data(values)


_FIELDS = {one.name for one in fields(SipFacts)}
