"""What is masked, what is not, and that no text takes long."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.redaction.cards import card_in, luhn
from offhook.redaction.redactor import MOST_CHARACTERS, Redactor
from offhook.redaction.spans import Span, mask

REDACTOR = Redactor()


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("4111 1111 1111 1111", "[card]"),
        ("the card 4111-1111-1111-1111, 12/27", "the card [card], 12/27"),
        ("4111 1111 1111 1112", "4111 1111 1111 1112"),
        ("two cards: 4242424242424242 and 5555555555554444", "two cards: [card] and [card]"),
        ("four double one one, quadruple", "four double one one, quadruple"),
        ("4111 one one one one 1111 one one one one", "[card]"),
        ("".join(chr(0x660 + int(digit)) for digit in "4111111111111111"), "[card]"),
        ("call +1 (415) 555-2671 now", "call [phone] now"),
        ("server 212.55.50.187 answered", "server 212.55.50.187 answered"),
        ("AJ_4155552671 and x4155552671", "AJ_[phone] and x4155552671"),
        ("ADA@EXAMPLE.COM, or ada at example dot com.", "[email], or [email]."),
        ("J, O, H, N at example dot com", "[email]"),
        ("I asked Ada, ada at example dot com", "I asked Ada, [email]"),
        ("look at example dot com", "look at example dot com"),
        ("", ""),
    ],
)
def test_a_text_is_masked(text: str, masked: str) -> None:
    assert REDACTOR.redact(text) == masked


def test_a_card_that_is_split_at_any_place_is_masked_in_all_turns() -> None:
    digits = "4111111111111111"
    for cut in range(1, len(digits)):
        turns = [("caller", digits[:cut]), ("agent", "Go on."), ("caller", f"and {digits[cut:]}")]
        assert REDACTOR.redact_turns(turns) == ["[card]", "Go on.", "and [card]"]


def test_one_moment_is_no_part_of_a_card() -> None:
    turns = [("caller", "6011 1111"), ("caller", "one moment please"), ("caller", "1111 1117")]
    assert REDACTOR.redact_turns(turns) == ["[card]", "one moment please", "[card]"]


def test_numbers_of_two_speakers_are_not_joined() -> None:
    turns = [("caller", "4111 1111"), ("agent", "1111 1111")]
    assert REDACTOR.redact_turns(turns) == ["4111 1111", "1111 1111"]


def test_numbers_that_are_far_apart_are_not_joined() -> None:
    between = [("caller", "no number")] * 4
    turns = [("caller", "4111 1111"), *between, ("caller", "1111 1111")]
    assert REDACTOR.redact_turns(turns)[0] == "4111 1111"


def test_a_detector_of_ones_own_finds_more() -> None:
    class Names:
        def find(self, text: str) -> list[Span]:
            return [Span(text.index("Ada"), text.index("Ada") + 3, "name")] if "Ada" in text else []

    assert Redactor(detectors=[Names()]).redact("I am Ada, ada@example.com") == "I am [name], [email]"


def test_spans_that_overlap_become_one() -> None:
    assert mask("abcdef", [Span(1, 3, "x"), Span(2, 5, "y"), Span(5, 5, "z")]) == "a[x]f"


def test_a_country_of_ones_own_is_known() -> None:
    assert Redactor(regions=["ES"]).redact("es el 912 345 678") == "es el [phone]"
    assert REDACTOR.redact("es el 912 345 678") == "es el 912 345 678"


@given(st.text(st.characters(), max_size=300))
def test_any_text_can_be_masked(text: str) -> None:
    REDACTOR.redact(text)


@given(st.integers(0, 10**15 - 1))
def test_a_number_with_its_check_digit_is_a_card_and_one_with_another_digit_is_not(number: int) -> None:
    body = f"4{number:014d}"[:15]
    (check,) = (digit for digit in "0123456789" if luhn(body + digit))
    assert card_in([body + check]) == (0, 1)
    assert card_in([body + str((int(check) + 1) % 10)]) is None


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "1 " * 100_000,
        "four one " * 50_000,
        "a@" * 100_000,
        "a.b@c." * 50_000,
        "at " * 100_000,
        "a dot at " * 30_000,
        "." * 300_000,
        "x" * 1_000_000,
        "1" * 1_000_000,
        "+1" * 100_000,
        "((((" * 100_000,
        "double " * 50_000,
    ],
)
def test_no_text_takes_long(text: str) -> None:
    began = time.process_time()
    masked = REDACTOR.redact(text)
    assert time.process_time() - began < 2
    assert len(masked) <= MOST_CHARACTERS + len("[cut]")
