"""What can be dialled, and what is refused with an error that says what to do."""

from typing import Any

import pytest

from offhook.core.call import Call, Caller
from offhook.core.dial import Dial, Redial, Voicemail
from offhook.core.errors import PlanError


@pytest.mark.parametrize(
    ("given", "dialled"),
    [
        ("+15551234567", "+15551234567"),
        (" +1 (555) 123-4567 ", "+15551234567"),
        ("tel:+1-555-123-4567", "+15551234567"),
        ("030/1234.567", "0301234567"),
        ("112", "112"),
        ("sales", "sales"),
        ("anna.smith", "anna.smith"),
        ("42;ext=7", "42;ext=7"),
    ],
)
def test_numbers_and_sip_users_can_be_dialled(given: str, dialled: str) -> None:
    assert Dial(given, "ST_1").to == dialled


@pytest.mark.parametrize("given", ["", "  ", "call me", "+", "1" * 200, "+15551234567\r\nX: y", "ü", None, 15551234567])
def test_other_texts_cannot_be_dialled(given: Any) -> None:
    with pytest.raises(PlanError, match="give a number such as"):
        Dial(given, "ST_1")


@pytest.mark.parametrize("given", ["sip:anna@example.com", "SIPS:x", "anna@example.com"])
def test_a_sip_address_with_a_host_is_refused_with_the_reason(given: str) -> None:
    with pytest.raises(PlanError, match="before the @; the trunk has the host"):
        Dial(given, "ST_1")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"trunk": ""}, "trunk"),
        ({"trunk": None}, "trunk"),
        ({"ringing": 0}, "ringing"),
        ({"ringing": 76}, "75 seconds"),
        ({"ringing": float("nan")}, "ringing"),
        ({"identity": ""}, "identity"),
        ({"dtmf": "12x"}, "dtmf"),
        ({"headers": {"X A": "1"}}, "header"),
        ({"headers": {"X-A": "1\r\nEvil: 1"}}, "header"),
    ],
)
def test_wrong_values_are_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(PlanError, match=said):
        Dial("+15551234567", **{"trunk": "ST_1", **wrong})


def test_right_values_are_taken() -> None:
    assert Dial("1001", "ST_1", dtmf="ww12#", headers={"X-Tenant": "blue"}).headers == {"X-Tenant": "blue"}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"on": "busy"}, "list of outcomes"),
        ({"on": ["engaged"]}, "list of outcomes"),
        ({"on": ["refused"]}, "list of outcomes"),
        ({"times": 0}, "1 to 10"),
        ({"pause": 16}, "1 to 15 seconds"),
    ],
)
def test_wrong_redials_are_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(PlanError, match=said):
        Redial(**wrong)


def test_a_file_needs_its_words() -> None:
    with pytest.raises(PlanError, match="the words of the file"):
        Voicemail(file="message.wav")


def call(**data: object) -> Call:
    return Call("AJ_1", "room", Caller("", "phone"), data=data)


def test_the_metadata_says_what_to_dial() -> None:
    asked = call(dial={"to": "+15551234567", "trunk": "ST_2", "ringing": 20, "key": "ann-monday"})
    dial = Dial.requested(asked, trunk="ST_1", caller_id="+15550001111")
    assert dial is not None
    assert (dial.to, dial.trunk, dial.ringing, dial.caller_id) == ("+15551234567", "ST_2", 20, "+15550001111")
    assert dial.guard.key == "ann-monday"


def test_the_plan_gives_what_the_metadata_leaves_out() -> None:
    dial = Dial.requested(call(dial={"to": "1001"}), trunk="ST_1")
    assert dial == Dial("1001", "ST_1")


def test_without_a_request_nothing_is_dialled() -> None:
    assert Dial.requested(call(), trunk="ST_1") is None


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("+15551234567", "as an object"),
        ({"to": "+15551234567", "headers": {}}, "headers; use"),
        ({"to": "+15551234567"}, "trunk"),
        ({"trunk": "ST_1"}, "give a number"),
        ({"to": "1001", "trunk": "ST_1", "ringing": "long"}, "wrong type"),
    ],
)
def test_a_wrong_request_is_refused(asked: object, said: str) -> None:
    with pytest.raises(PlanError, match=said):
        Dial.requested(call(dial=asked))


def test_a_voicemail_needs_nothing() -> None:
    assert Voicemail() == Voicemail(message="", screening="")
