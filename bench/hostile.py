"""Counts how often offhook trusts a hostile value in a telephone call: injections, control characters, texts of 64 KiB,
and false attributes.
"""

import json
from collections.abc import Callable

from livekit import rtc

from bench.sip_corpus import VALUES, around
from bench.stats import Figure, Goal
from offhook.core.sip.read import read_sip, with_headers
from offhook.core.sip.sip_facts import SipFacts
from offhook.core.sip.trust import attribute_trust
from offhook.room.participants import caller_found, caller_of, sip_of
from offhook.testing.simulation.people import Person
from offhook.testing.simulation.sounds import Line
from offhook.testing.virtual import run

__all__ = ["measure"]

_OURS = ("inbound", "ST_1", "SDR_1", "SCL_1")
_THEIRS = ("caller", "display_name", "hostname", "provider_ids", "headers")
_NONE = Goal(0, "max")


def measure() -> list[Figure]:
    """Check each value of the corpus in four ways. Return how many checks show that offhook trusts the value, and how
    many checks crash.
    """
    ways: tuple[Callable[[str], bool], ...] = (_phone, _headers, _web, _quoted)
    believed = crashes = 0
    for value in VALUES:
        for way in ways:
            try:
                believed += not way(value)
            except Exception:  # noqa: BLE001  # a crash is a figure
                crashes += 1
    return [
        Figure("hostile_values", [float(len(VALUES))]),
        Figure("hostile_believed", [float(believed)], _NONE),
        Figure("hostile_crashes", [float(crashes)], _NONE),
    ]


def _phone(value: str) -> bool:
    """Return True if a phone with this value in all its attributes cannot change the values that the server sets."""
    return _theirs(read_sip(around(value))) and attribute_trust("tenant") == attribute_trust("trunk") == "caller"


def _headers(value: str) -> bool:
    """Return True if SIP headers with this value cannot change the values that the server sets, even if a header has
    the name of such a value.
    """
    plain = {"sip.callID": "SCL_1", "sip.trunkID": "ST_1", "sip.ruleID": "SDR_1", "sip.phoneNumber": "+1555"}
    return _theirs(with_headers(read_sip(plain), around(value)))


def _web(value: str) -> bool:
    """Return True if a web participant with this value in its attributes does not count as a phone."""

    async def look() -> bool:
        kind = rtc.ParticipantKind.PARTICIPANT_KIND_STANDARD
        liar = Person("sip_1", Line(), kind=kind, attributes=around(value))
        found = caller_found(liar)
        shown = any(name.startswith("sip.") for name in caller_of(liar).attributes)
        return sip_of(liar) is None and not shown and not (found.phone or found.number or found.trunk)

    return run(look())


def _quoted(value: str) -> bool:
    """Return True if this value, quoted for an LLM prompt, stays inside the data block."""
    sip = read_sip(around(value))
    _, start, data, stop = sip.quoted(list(sip.headers)).split("\n")
    json.loads(data)
    inside = data.isascii() and data.isprintable() and not set("<>&`") & set(data)
    return inside and (start, stop) == ("<call_data>", "</call_data>")


def _theirs(sip: SipFacts) -> bool:
    ours = (sip.direction, sip.trunk, sip.rule, sip.call_id)
    return ours == _OURS and {sip.trust(name) for name in _THEIRS} == {"caller"}
