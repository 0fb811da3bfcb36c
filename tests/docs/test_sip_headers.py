"""The tables of the guide to SIP headers are true."""

import re
from dataclasses import fields

from offhook.core.sip.address import read_address
from offhook.core.sip.sip_facts import SipFacts

from .pages import ROOT

PAGE = (ROOT / "docs" / "sip-headers.md").read_text(encoding="utf-8")


def rows(head: str) -> list[list[str]]:
    """The cells of the table under this heading row, without backquotes."""
    table = PAGE.partition(head)[2].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip().replace("`", "") for cell in line.strip("|").split("|")] for line in table]


def test_the_trust_of_every_field_is_told() -> None:
    told = {name: (inbound, outbound) for name, _, inbound, outbound in rows("| field | what it is |")}
    ways = SipFacts("inbound", trunk="ST_1"), SipFacts("outbound", trunk="ST_1")
    known = {one.name: tuple(way.trust(one.name) for way in ways) for one in fields(SipFacts) if one.name != "problems"}
    assert told == {**known, "caller": ("caller, or attested", "ours")}


def test_dialled_addresses_are_taken_apart_as_told() -> None:
    for wire, raw, user, parameters, number in rows("| on the wire | `raw` |"):
        if raw == "absent":
            continue
        assert re.fullmatch(rf"sip:{re.escape(raw)}@example\.com", wire)
        address = read_address(raw)
        assert (address.user, address.number) == (user, number)
        assert ";".join(f"{name}={value}" for name, value in address.parameters.items()) == parameters
