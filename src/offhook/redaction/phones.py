"""Finds phone numbers in digits: valid numbers of the known countries, and digits after words such as "call me"."""

import re
from collections.abc import Sequence
from typing import Final

import phonenumbers

from offhook.redaction.digits import Run

__all__ = ["REGIONS", "phone_in"]

REGIONS: Final = ("US", "GB", "DE", "FR")
"""Countries whose phone numbers are found even if a number has no country code."""
_LEAST, _MOST = 7, 15
_EXTRA = 4
"""A run of digits may have at most this many digits before or after the phone number, for example an extension."""
_WORDS: Final = 60
"""Words such as "phone" and "order" show what a number means if they are within this many characters before the number.
"""
_PHONE: Final = re.compile(
    r"phone|mobile|cell|\btel\b|\bcall(ed|ing)? (me|us|him|her|them|back)|\breach\b|\bring (me|us)|\btext me|"
    r"whatsapp|\bfax\b|\bmy number|callback|\bhandy\b|\btelefon|\brufnummer|\bdial\b|landline"
)
_OTHER: Final = re.compile(
    r"\b(order|invoice|account|tracking|confirmation|reference|ticket|booking|case|serial|policy|customer|parcel|"
    r"part|model|version|code|pin|id|isbn|iban|bestellnummer|rechnung|kundennummer|sendung)\b"
)


def phone_in(run: Run, words: str, regions: Sequence[str]) -> tuple[int, int] | None:
    """Return the range of the run's tokens that form a phone number: the index of the first token, and the index after
    the last token. Return None if no tokens form a phone number. `words` is the text before the run.
    """
    said = words[-_WORDS:].lower()
    phone = max((match.end() for match in _PHONE.finditer(said)), default=-1)
    other = max((match.end() for match in _OTHER.finditer(said)), default=-1)
    if other > phone and run.plus is None:
        return None
    parts = [token.digits for token in run.tokens]
    total = sum(map(len, parts))
    if phone >= 0 and _LEAST <= total <= _MOST:
        return 0, len(parts)
    for first, last in _windows(parts, total):
        digits = "".join(parts[first:last])
        if _valid(digits, plus=run.plus is not None and first == 0, regions=regions):
            return first, last
    return None


def _windows(parts: Sequence[str], total: int) -> list[tuple[int, int]]:
    """Return the ranges of `parts` (the digits of each token) that `phone_in` checks. A range is the index of its first
    part, and the index after its last part. The first range has all parts. Each other range leaves out at most `_EXTRA`
    digits at one end. If the run has too many digits (`total`), return no range.
    """
    if total > _MOST + 2 + _EXTRA:
        return []
    windows = [(0, len(parts))]
    windows += [(0, last) for last in range(len(parts) - 1, 0, -1) if sum(map(len, parts[last:])) <= _EXTRA]
    windows += [(first, len(parts)) for first in range(1, len(parts)) if sum(map(len, parts[:first])) <= _EXTRA]
    return windows


def _valid(digits: str, *, plus: bool, regions: Sequence[str]) -> bool:
    if plus or digits.startswith("00"):
        return _parsed("+" + digits.removeprefix("00"), None)
    return any(_parsed(digits, region) for region in regions if _national(digits, region))


def _national(digits: str, region: str) -> bool:
    """Return True if the digits can be a phone number of this country without its country code. If the country's trunk
    prefix is 0, the digits must start with 0.
    """
    prefix = phonenumbers.ndd_prefix_for_region(region, strip_non_digits=True)
    return prefix != "0" or digits.startswith("0")


def _parsed(text: str, region: str | None) -> bool:
    if not _LEAST <= len(text) <= _MOST + 2:
        return False
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(text, region))
    except phonenumbers.NumberParseException:
        return False
