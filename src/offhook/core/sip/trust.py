"""How far a value of a telephone call can be trusted."""

from collections.abc import Mapping
from typing import Literal

__all__ = ["Direction", "Trust", "attribute_trust", "field_trust"]

Trust = Literal["ours", "attested", "carrier", "caller"]
"""Who set a value, from the most to the least reliable.

- "ours": LiveKit's server or SIP service, for example from your trunk, your dispatch rule or your request.
- "attested": the caller, but the carrier reports that the number's signature was checked, with attestation A
  (STIR/SHAKEN).
- "carrier": the SIP peer that passed the checks of your trunk, usually your carrier.
- "caller": the other side of the call. Such a value can be anything.

A trunk without `allowed_addresses` and without a password lets anybody pass. For the calls of such a trunk, "attested"
and "carrier" therefore mean no more than "caller".
"""

Direction = Literal["inbound", "outbound", "unknown"]
"""The direction of a call. The direction is "unknown" until the SIP service has set its attributes (livekit-sip before
1.1.1).
"""

_INBOUND: Mapping[str, Trust] = {
    "direction": "ours",
    "trunk": "ours",
    "rule": "ours",
    "call_id": "ours",
    "status": "ours",
    "dialled": "carrier",
    "full_call_id": "carrier",
    "attestation": "carrier",
}
_OUTBOUND: Mapping[str, Trust] = {
    "direction": "ours",
    "trunk": "ours",
    "rule": "ours",
    "call_id": "ours",
    "full_call_id": "ours",
    "status": "ours",
    "caller": "ours",
    "dialled": "ours",
    "hostname": "ours",
}
_TRUST: Mapping[Direction, Mapping[str, Trust]] = {"inbound": _INBOUND, "outbound": _OUTBOUND, "unknown": {}}
_OWN_ATTRIBUTES = frozenset({"sip.callID", "sip.callStatus", "sip.trunkID", "sip.ruleID"})


def field_trust(name: str, direction: Direction, *, trunk: bool) -> Trust:
    """Return the trust of a field of `SipFacts`; "caller" for any other name.

    An inbound call without a trunk has passed no check, so no value of this call counts as coming from a carrier.
    """
    trust = _TRUST[direction].get(name, "caller")
    return "caller" if trust == "carrier" and not trunk else trust


def attribute_trust(name: str) -> Trust:
    """Return the trust of a phone's participant attribute: "ours" for the ids of call, trunk and dispatch rule and for
    the status, else "caller".

    Your dispatch rule can set attributes too. But a trunk can map a caller's header to an attribute of the same
    name, and the header then replaces the rule's value. The worker cannot tell the two values apart, so do not use such
    an attribute as configuration.
    """
    return "ours" if name in _OWN_ATTRIBUTES else "caller"
