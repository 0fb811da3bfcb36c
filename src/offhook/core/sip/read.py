"""Reads the facts of a telephone call from the attributes that LiveKit sets on a phone participant. Never raises."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from offhook.core.sip.address import SipAddress, read_address
from offhook.core.sip.attestation import read_attestation
from offhook.core.sip.headers import HEADER, Headers, read_headers, read_name_address
from offhook.core.sip.sip_facts import SipFacts
from offhook.core.sip.text import fault_of
from offhook.core.sip.trust import Direction

__all__ = ["read_sip", "with_headers"]

_MAX_VALUE = 1024
_TEXTS = {
    "trunk": "sip.trunkID",
    "rule": "sip.ruleID",
    "call_id": "sip.callID",
    "full_call_id": "sip.callIDFull",
    "status": "sip.callStatus",
    "hostname": "sip.hostname",
}
_REMOTE, _LOCAL = "sip.phoneNumber", "sip.trunkPhoneNumber"
_PROVIDER_IDS = {
    f"sip.{provider}.{name}": f"{provider}.{name}"
    for provider, names in {
        "twilio": ("accountSid", "callSid"),
        "telnyx": ("callLegID", "callSessionID"),
        "amazon": ("contactId", "initialContactId", "sourceAccount", "sourceArn", "targetArn"),
    }.items()
    for name in names
}
_WHY_ABSENT = {
    "trunk": "no trunk matched the call: its dispatch rule has no trunk_ids, so it takes calls from anybody",
    "rule": "an outbound call has no dispatch rule",
    "full_call_id": "LiveKit sets it when the phone answers",
    "caller": "the number is hidden (hide_phone_number), or the URI has no user part",
    "dialled": "the number is hidden (hide_phone_number), or the URI has no user part",
    "hostname": "the number is hidden (hide_phone_number)",
    "provider_ids": "the carrier is not Twilio, Telnyx or Amazon Connect",
    "headers": "the trunk's include_headers is not set; use fetch_headers(call)",
}
_NO_FROM = "the From header is not there: set include_headers to SIP_ALL_HEADERS, or use fetch_headers(call)"


_NO_TRUNK: Mapping[Direction, str] = {
    "outbound": "the request to dial named no trunk",
    "unknown": "the SIP service has set no sip.callID yet",
}


def read_sip(attributes: Mapping[str, str]) -> SipFacts:
    """Read the attributes of a participant of kind SIP. A participant of another kind may have set such attributes
    itself, so the attributes would prove nothing.
    """
    direction = _direction(attributes)
    caller, dialled = (_LOCAL, _REMOTE) if direction == "outbound" else (_REMOTE, _LOCAL)
    problems: dict[str, str] = {}
    texts = {name: _text(name, attributes.get(key, ""), problems) for name, key in _TEXTS.items()}
    if direction != "inbound" and not attributes.get("sip.trunkID"):
        problems["trunk"] = _NO_TRUNK[direction]
    facts = SipFacts(
        direction,
        caller=_address("caller", attributes.get(caller, ""), problems),
        dialled=_address("dialled", attributes.get(dialled, ""), problems),
        trunk=texts["trunk"],
        rule=texts["rule"],
        call_id=texts["call_id"],
        full_call_id=texts["full_call_id"],
        status=texts["status"],
        hostname=texts["hostname"],
        provider_ids=MappingProxyType(_provider_ids(attributes, problems)),
        problems=problems,
    )
    headers = {name.removeprefix(HEADER): text for name, text in attributes.items() if name.startswith(HEADER)}
    return with_headers(facts, headers)


def with_headers(facts: SipFacts, values: Mapping[str, str]) -> SipFacts:
    """Return the facts with these headers added, and with the display name and the attestation that the headers
    contain.
    """
    headers, refused = read_headers({**facts.headers, **{name.lower(): text for name, text in values.items()}})
    problems = dict(facts.problems)
    problems |= {f"{HEADER}{name}" if name else "headers": why for name, why in refused.items()}
    name = _display_name(facts.direction, headers, problems)
    attestation = read_attestation(headers) if facts.direction == "inbound" else None
    problems["attestation"] = "From and P-Asserted-Identity have no verstat parameter"
    if attestation is not None:
        problems.pop("attestation")
    if headers:
        problems.pop("headers", None)
    else:
        problems.setdefault("headers", _WHY_ABSENT["headers"])
    return replace(
        facts,
        headers=headers,
        display_name=name,
        attestation=attestation,
        problems=MappingProxyType(problems),
    )


def _direction(attributes: Mapping[str, str]) -> Direction:
    if not attributes.get("sip.callID"):
        return "unknown"
    return "inbound" if attributes.get("sip.ruleID") else "outbound"


def _text(name: str, value: str, problems: dict[str, str]) -> str | None:
    fault = fault_of(value, _MAX_VALUE)
    if value and not fault:
        return value
    problems[name] = fault or _WHY_ABSENT.get(name, "LiveKit has not set it")
    return None


def _provider_ids(attributes: Mapping[str, str], problems: dict[str, str]) -> dict[str, str]:
    texts = {name: _text("provider_ids", attributes.get(key, ""), problems) for key, name in _PROVIDER_IDS.items()}
    found = {name: value for name, value in texts.items() if value is not None}
    if found:
        problems.pop("provider_ids", None)
    return found


def _address(name: str, value: str, problems: dict[str, str]) -> SipAddress | None:
    address = read_address(value)
    if address.user:
        return address
    problems[name] = address.problem or _WHY_ABSENT[name]
    return address if address.problem else None


def _display_name(direction: Direction, headers: Headers, problems: dict[str, str]) -> str | None:
    address = read_name_address(headers.get("from", ""))
    if direction == "outbound":
        problems["display_name"] = "on an outbound call, From is our own address"
    elif "from" not in headers:
        problems["display_name"] = problems.get(f"{HEADER}from", _NO_FROM)
    elif address is None:
        problems["display_name"] = "the From header is malformed"
    elif not address.display_name:
        problems["display_name"] = "the From header has no display name"
    else:
        problems.pop("display_name", None)
        return address.display_name
    return None
