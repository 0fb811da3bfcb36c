"""Hostile values in a telephone call: nothing is believed, nothing crashes, and nothing leaves its data block."""

import json
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest
from bench.sip_corpus import INJECTIONS, VALUES, around
from hypothesis import given
from hypothesis import strategies as st
from livekit import rtc

from offhook.core.record import Record, to_body
from offhook.core.sip.read import read_sip, with_headers
from offhook.core.sip.sip_facts import SipFacts
from offhook.core.sip.trust import attribute_trust
from offhook.reports.render import render
from offhook.reports.timeline import timeline
from offhook.room.participants import caller_found, caller_of, sip_of
from offhook.testing.simulation.people import Person
from offhook.testing.simulation.sounds import Line
from offhook.testing.virtual import run

THEIRS = ("caller", "display_name", "hostname", "provider_ids", "headers")
KINDS = rtc.ParticipantKind


def check(sip: SipFacts) -> None:
    """Nothing that the other side can set is ours, and a prompt has every value inside its data block."""
    assert (sip.direction, sip.trunk, sip.rule, sip.call_id) == ("inbound", "ST_1", "SDR_1", "SCL_1")
    assert {sip.trust(name) for name in THEIRS} == {"caller"}
    _, start, data, stop = sip.quoted(list(sip.headers)).split("\n")
    assert (start, stop) == ("<call_data>", "</call_data>")
    assert data.isascii()
    assert data.isprintable()
    assert not set("<>&`") & set(data)
    json.loads(data)
    for address in (sip.caller, sip.dialled):
        assert address is None or not controls(address.user + address.number)


def controls(text: str) -> bool:
    return any(unicodedata.category(one) in ("Cc", "Cs") for one in text)


def test_the_corpus_is_large() -> None:
    assert len(VALUES) >= 200
    assert len(INJECTIONS) >= 30


@contextmanager
def about(value: str) -> Iterator[None]:
    """Names the value in an error: so many values are looked at in one test, because a test of its own takes longer."""
    try:
        yield
    except Exception as error:
        error.add_note(f"the value: {value!r}")
        raise


def test_nothing_of_a_hostile_call_is_believed() -> None:
    for value in VALUES:
        with about(value):
            sip = read_sip(around(value))
            check(sip)
            assert sip.dialled is None or sip.dialled.raw == value
    assert attribute_trust("trunk") == attribute_trust("tenant") == "caller"


@pytest.mark.parametrize("kind", [KINDS.PARTICIPANT_KIND_STANDARD, KINDS.PARTICIPANT_KIND_CONNECTOR])
def test_a_participant_that_is_no_phone_has_none_of_it(kind: int) -> None:
    async def look() -> None:
        for value in VALUES:
            with about(value):
                liar = Person("sip_+15105550100", Line(), kind=kind, attributes=around(value))
                found = caller_found(liar)
                assert sip_of(liar) is None
                assert (found.phone, found.number, found.direction, found.trunk) == (False, "", "", "")
                assert not any(name.startswith("sip.") for name in caller_of(liar).attributes)

    run(look())


def test_the_timeline_of_a_hostile_call_has_no_line_of_its_own() -> None:
    async def facts() -> list[Mapping[str, object]]:
        kind = KINDS.PARTICIPANT_KIND_SIP
        return [to_body(caller_found(Person("sip_1", Line(), kind=kind, attributes=around(one)))) for one in INJECTIONS]

    for value, body in zip(INJECTIONS, run(facts()), strict=True):
        with about(value):
            record = Record("AJ_1", 1, 0.0, 0.0, "fact", "CallerFound", body)
            (line,) = render(timeline([record]), width=4000).split("\n")[:-1]
            assert line.startswith("     0.00 s ││ caller")
            assert not controls(line)


TEXT = st.text(max_size=200) | st.sampled_from(VALUES)
NAMES = st.sampled_from(sorted(around("x"))) | st.text(max_size=40) | st.text(max_size=20).map("sip.h.{}".format)


@pytest.mark.slow
@given(st.dictionaries(NAMES, TEXT, max_size=20))
def test_reading_any_attributes_never_raises(attributes: dict[str, str]) -> None:
    sip = read_sip(attributes)
    for name in ("caller", "display_name", "attestation", "headers", "sip.h.x", *attributes):
        assert isinstance(sip.why_absent(name), str)
        sip.trust(name)
    assert "\n<call_data>\n" in sip.quoted(list(attributes))


@given(st.dictionaries(NAMES, TEXT, max_size=20))
def test_no_header_changes_what_is_ours(headers: dict[str, str]) -> None:
    before = read_sip({"sip.callID": "SCL_1", "sip.trunkID": "ST_1", "sip.ruleID": "SDR_1", "sip.phoneNumber": "+1555"})
    after = with_headers(before, headers)
    check(after)
    assert (after.caller, after.dialled, after.status) == (before.caller, before.dialled, before.status)


def test_64_kib_of_attributes_are_read_without_the_headers() -> None:
    many = {f"sip.h.x-{number}": "x" * 1000 for number in range(70)}
    sip = read_sip({**around("+15551234567"), **many})
    check(sip)
    assert dict(sip.headers) == {}
    assert "too many" in sip.why_absent("sip.h.x-1")
