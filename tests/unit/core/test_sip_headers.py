"""Headers are found by name in any case; From is taken apart; the carrier's check of the number is read strictly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.core.sip.attestation import Attestation, read_attestation
from offhook.core.sip.headers import (
    MAX_BYTES,
    MAX_HEADER,
    MAX_HEADERS,
    Headers,
    NameAddress,
    read_headers,
    read_name_address,
)


def test_the_name_of_a_header_is_not_case_sensitive() -> None:
    headers = Headers({"X-Tenant": "acme"})
    assert (headers["x-tenant"], headers.get("X-TENANT"), headers.get("x-other")) == ("acme", "acme", None)
    assert (dict(headers), len(headers), repr(headers)) == ({"x-tenant": "acme"}, 1, "Headers({'x-tenant': 'acme'})")


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("x-a", "a\r\nX-Admin: yes", "the text has control characters"),
        ("x-a", "x" * (MAX_HEADER + 1), f"{MAX_HEADER + 1} characters are too many; at most {MAX_HEADER} are read"),
        ("x a", "x", "this is not the name of a SIP header"),
        ("x" * 65, "x", "this is not the name of a SIP header"),
    ],
)
def test_a_bad_header_is_left_out_with_a_reason(name: str, text: str, why: str) -> None:
    assert read_headers({name: text, "x-good": "1"}) == (Headers({"x-good": "1"}), {name: why})


def test_too_many_headers_are_not_read_at_all() -> None:
    many = {f"x-{number}": "1" for number in range(MAX_HEADERS + 1)}
    assert read_headers(many) == (Headers(), {"": "129 headers are too many; at most 128 are read"})


def test_headers_of_64_kib_are_not_read_at_all() -> None:
    long = {f"x-{number}": "ä" * 4096 for number in range(8)}
    size = MAX_BYTES + 8 * 3
    assert read_headers(long) == (
        Headers(),
        {"": f"{size} bytes of headers are too many; at most {MAX_BYTES} are read"},
    )


@pytest.mark.parametrize(
    ("text", "name", "uri"),
    [
        ('"Ada" <sip:+15105550100@example.com>;tag=1', "Ada", "sip:+15105550100@example.com"),
        ('"Ada \\"the\\" L" <sip:a@b>', 'Ada "the" L', "sip:a@b"),
        ("Ada Lovelace <sip:a@b>", "Ada Lovelace", "sip:a@b"),
        ("<sip:a@b>, <tel:+1555>", "", "sip:a@b"),
        ("sip:a@b;tag=1", "", "sip:a@b"),
        ('"a <sip:x@y>" <sip:a@b>', "a <sip:x@y>", "sip:a@b"),
    ],
)
def test_a_from_header_has_a_name_and_a_uri(text: str, name: str, uri: str) -> None:
    assert read_name_address(text) == NameAddress(name, uri)


@pytest.mark.parametrize(
    "text", ["", " ", '"Ada', "<sip:a@b", "a>b", "<a> b", '"a" b <c>', '"' * 8192, " " * 8192 + "<"]
)
def test_a_malformed_from_header_is_none(text: str) -> None:
    assert read_name_address(text) is None


PASSED = "verstat=TN-Validation-Passed"


@pytest.mark.parametrize(
    ("headers", "result", "level"),
    [
        ({"from": f"<sip:+15105550100;{PASSED}-A@carrier>"}, "passed", "A"),
        ({"from": f"<sip:+15105550100@carrier;user=phone;{PASSED}-B>"}, "passed", "B"),
        ({"from": f"<tel:+15105550100;{PASSED}>"}, "passed", ""),
        ({"from": f"<tel:+15105550100;{PASSED}>", "attestation-info": "A"}, "passed", "A"),
        ({"from": f"<tel:+15105550100;{PASSED}>", "p-attestation-indicator": " c"}, "passed", "C"),
        ({"from": "<tel:+15105550100;verstat=TN-Validation-Failed-A>"}, "failed", "A"),
        ({"from": "<tel:+15105550100;verstat=no-tn-validation>"}, "unchecked", ""),
        (
            {
                "from": f"<tel:+15105550100;{PASSED}-A>",
                "p-asserted-identity": "<tel:+15105550100;verstat=TN-Validation-Failed>",
            },
            "failed",
            "",
        ),
    ],
)
def test_the_check_of_the_number_is_read(headers: dict[str, str], result: str, level: str) -> None:
    found = read_attestation(Headers(headers))
    assert found is not None
    assert (found.result, found.level, found.number) == (result, level, "+15105550100")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<sip:+15105550100@carrier>",
        f"<sip:+15105550100@carrier>;{PASSED}-A",
        f'"{PASSED}-A" <sip:+15105550100@carrier>',
        f"sip:+15105550100@carrier;{PASSED}-A",
        f"<sip:+15105550100@carrier?{PASSED}-A>",
        "<tel:+15105550100;verstat=TN-Validation-Passed-A-really>",
        f"<sip:{'x' * 1024};{PASSED}-A@carrier>",
    ],
)
def test_a_check_in_another_place_is_no_check(text: str) -> None:
    assert read_attestation(Headers({"from": text, "identity": "eyJ;info=<https://x>", "x-verstat": PASSED})) is None


def test_only_level_a_attests_the_number_that_was_checked() -> None:
    assert Attestation("passed", "A", "+15105550100", "from").attests("+15105550100")
    assert not Attestation("passed", "A", "+15105550100", "from").attests("+15105550101")
    assert not Attestation("passed", "B", "+15105550100", "from").attests("+15105550100")
    assert not Attestation("failed", "A", "+15105550100", "from").attests("+15105550100")
    assert not Attestation("passed", "A", "", "from").attests("")


@given(st.text() | st.from_regex(r'"?[a-z ]{0,5}"?<[a-z:;=@]{0,10}>?;?'))
def test_reading_a_from_header_never_raises(text: str) -> None:
    read_name_address(text)
    read_attestation(Headers({"from": text, "p-asserted-identity": text}))
