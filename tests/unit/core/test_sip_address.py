"""A dialled address is taken apart into user, parameters and number; a bad one is refused with a reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.core.sip.address import MAX_ADDRESS, SipAddress, read_address

GOOD = [
    ("sales", "sales", {}, ""),
    ("sales%40acme", "sales@acme", {}, ""),
    ("+15551234567", "+15551234567", {}, "+15551234567"),
    ("+15551234567;ext=7", "+15551234567", {"ext": "7"}, "+15551234567"),
    ("tel:+1-555-123-4567;ext=7", "+1-555-123-4567", {"ext": "7"}, "+15551234567"),
    ("TEL:+15551234567", "+15551234567", {}, "+15551234567"),
    ("sip:+15551234567;ext=7@example.com;user=phone", "+15551234567", {"ext": "7"}, "+15551234567"),
    ("sips:sales%40acme@example.com", "sales@acme", {}, ""),
    ("+1 (555) 123.4567", "+1 (555) 123.4567", {}, "+15551234567"),
    ("15551234567", "15551234567", {}, ""),
    ("0049301234", "0049301234", {}, ""),
    ("+0551234567", "+0551234567", {}, ""),
    ("+123456", "+123456", {}, ""),
    ("+1234567890123456", "+1234567890123456", {}, ""),
    ("+١٥٥٥١٢٣٤٥٦٧", "+١٥٥٥١٢٣٤٥٦٧", {}, ""),
    ("%2B15551234567", "+15551234567", {}, "+15551234567"),
    ("a%2540b", "a%40b", {}, ""),
    ("M%C3%BCller", "Müller", {}, ""),
    ("x;A=1;a=2;;=3;flag", "x", {"a": "1", "flag": ""}, ""),
    ("x;isub=%3B", "x", {"isub": ";"}, ""),
    ("", "", {}, ""),
    ("  ", "", {}, ""),
    ("sip:example.com", "", {}, ""),
    ("tel:", "", {}, ""),
    (";ext=7", "", {"ext": "7"}, ""),
]
BAD = [
    ("a%0d%0ab", "the text has control characters"),
    ("a%00", "the text has control characters"),
    ("a\r\nX: y", "the text has control characters"),
    ("a\x85", "the text has control characters"),
    ("\ud800", "the text has control characters"),
    ("%ff%fe", "the %XX escapes are not UTF-8"),
    ("%C3", "the %XX escapes are not UTF-8"),
    ("%ED%A0%80", "the %XX escapes are not UTF-8"),
    ("100%", "a % is not followed by two hexadecimal digits"),
    ("%zz", "a % is not followed by two hexadecimal digits"),
    ("x;p=%zz", "a % is not followed by two hexadecimal digits"),
    ("x" * 65_536, f"65536 characters are too many; at most {MAX_ADDRESS} are read"),
]


@pytest.mark.parametrize(("raw", "user", "parameters", "number"), GOOD)
def test_an_address_is_taken_apart(raw: str, user: str, parameters: dict[str, str], number: str) -> None:
    assert read_address(raw) == SipAddress(raw, user, parameters, number)


@pytest.mark.parametrize(("raw", "problem"), BAD, ids=range(len(BAD)))
def test_a_bad_address_is_refused_with_a_reason(raw: str, problem: str) -> None:
    assert read_address(raw) == SipAddress(raw, problem=problem)


def test_the_parameters_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        read_address("x;a=1").parameters["a"] = "2"  # type: ignore[index]  # on purpose


@given(st.text() | st.from_regex(r"(sips?:|tel:)?[+%0-9a-f;=@]{0,30}"))
def test_reading_an_address_never_raises(raw: str) -> None:
    address = read_address(raw)
    assert address.raw == raw
    assert not (address.problem and (address.user or address.number or address.parameters))
    assert not any(ord(one) < 32 for one in address.user + address.number)


@given(st.integers(min_value=1_000_000, max_value=999_999_999_999_999))
def test_every_number_with_a_country_code_is_a_number(digits: int) -> None:
    assert read_address(f"+{digits}").number == f"+{digits}"
