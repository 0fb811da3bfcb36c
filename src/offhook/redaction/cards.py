"""Finds the numbers of payment cards by their first digits, their length and their Luhn checksum."""

from collections.abc import Sequence
from typing import Final

__all__ = ["MOST_DIGITS", "card_in", "luhn"]

MOST_DIGITS: Final = 19
_ISSUERS: Final[Sequence[tuple[range, int, frozenset[int]]]] = (
    # In each row: the range of the first digits of a card number, the count of these first digits, and the possible
    # lengths of the whole number.
    (range(4, 5), 1, frozenset({13, 16, 19})),  # Visa
    (range(51, 56), 2, frozenset({16})),  # Mastercard
    (range(2221, 2721), 4, frozenset({16})),
    (range(34, 35), 2, frozenset({15})),  # American Express
    (range(37, 38), 2, frozenset({15})),
    (range(3528, 3590), 4, frozenset({16})),  # JCB
    (range(6011, 6012), 4, frozenset({16, 19})),  # Discover
    (range(644, 660), 3, frozenset({16, 19})),
    (range(62, 63), 2, frozenset({16, 17, 18, 19})),  # UnionPay
    (range(300, 306), 3, frozenset({14})),  # Diners Club
    (range(36, 37), 2, frozenset({14})),
    (range(38, 40), 2, frozenset({14, 16})),
    (range(50, 51), 2, frozenset({16, 18, 19})),  # Maestro
    (range(56, 59), 2, frozenset({16, 18, 19})),
    (range(67, 68), 2, frozenset({16, 18, 19})),
)


def luhn(digits: str) -> bool:
    """Return True if these digits have a correct Luhn checksum."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def card_in(parts: Sequence[str]) -> tuple[int, int] | None:
    """`parts` are the digits of each token. Return the range of the parts that form a card number: the index of the
    first part, and the index after the last part. Return None if no parts form a card number.

    A card number never begins or ends inside a part.
    """
    for first in range(len(parts)):
        digits = ""
        found = None
        for last in range(first, len(parts)):
            digits += parts[last]
            if len(digits) > MOST_DIGITS:
                break
            if _known(digits) and luhn(digits):
                found = first, last + 1
        if found is not None:
            return found
    return None


def _known(digits: str) -> bool:
    return any(
        len(digits) in lengths and int(digits[:count]) in starts for starts, count, lengths in _ISSUERS if digits
    )
