"""Finds the numbers in a text. A number may consist of digits, and of English or German number words."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from offhook.redaction.words import words

__all__ = ["Digits", "Run", "runs_of"]

_UNITS: Final[Mapping[str, str]] = {
    word: digit
    for digit, words in {
        "0": "zero oh o nought null",
        "1": "one eins",
        "2": "two zwei zwo",
        "3": "three drei",
        "4": "four vier",
        "5": "five fünf fuenf",
        "6": "six sechs",
        "7": "seven sieben",
        "8": "eight acht",
        "9": "nine niner neun",
    }.items()
    for word in words.split()
}
_TEENS: Final[Mapping[str, str]] = {
    "ten": "10",
    "eleven": "11",
    "twelve": "12",
    "thirteen": "13",
    "fourteen": "14",
    "fifteen": "15",
    "sixteen": "16",
    "seventeen": "17",
    "eighteen": "18",
    "nineteen": "19",
}
_TENS: Final[Mapping[str, str]] = {
    "twenty": "2",
    "thirty": "3",
    "forty": "4",
    "fourty": "4",  # an STT may use this spelling
    "fifty": "5",
    "sixty": "6",
    "seventy": "7",
    "eighty": "8",
    "ninety": "9",
}
_DIGITS: Final = frozenset("0123456789")
_ZEROS: Final[Mapping[str, str]] = {"hundred": "00", "thousand": "000"}
_TIMES: Final[Mapping[str, int]] = {"double": 2, "triple": 3, "treble": 3, "doppel": 2}
_PAUSES: Final = words(
    "and then uh um er erm eh dash hyphen space dot slash plus und dann strich äh ähm okay ok yes yeah right so ja "
    "comma minus again next"
)
"""Words that can stand between the digits of a number."""
_TOKEN: Final = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}(?![.\d])|[^\W_]+|[^\w\s]")
"""An IPv4 address, a word or a number, or any other character. Digits that touch letters are a part of the word."""
_INSIDE: Final = frozenset("-.,()/+\u2013\u2026'\u2019")
"""Characters that can stand between the digits of a number. Any other character ends the number."""


@dataclass(frozen=True, slots=True)
class Digits:
    """The digits that one or more tokens mean, such as 12 for "twelve", with the place of these tokens in the text."""

    digits: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Run:
    """The digits of one number, with only `_PAUSES` and `_INSIDE` between them. `plus` is the place of a plus sign, or
    of the word "plus", before the digits.

    `before` is the number of words between the previous run (or the start of the text) and this run. `after` is the
    number of words from this run to the end of the text, and is set only for the last run. Words of `_PAUSES` do not
    count.
    """

    tokens: Sequence[Digits]
    plus: int | None = None
    before: int = 0
    after: int = 0

    @property
    def digits(self) -> str:
        return "".join(token.digits for token in self.tokens)


def runs_of(text: str) -> list[Run]:
    """Return the numbers in the text, in order."""
    runs: list[Run] = []
    tokens: list[Digits] = []
    plus = next_plus = None
    spoken = before = 0
    for token in _read(text):
        if isinstance(token, Digits):
            if not tokens:
                plus, before = next_plus, spoken
            tokens.append(token)
            spoken, next_plus = 0, None
            continue
        word, start = token
        next_plus = start if word in ("+", "plus") else None
        inside = word in _PAUSES or word in _INSIDE
        spoken += not inside and word[0].isalpha()
        if tokens and (next_plus is not None or not inside):  # a plus starts the next number
            runs.append(Run(tokens, plus, before))
            tokens = []
    if tokens:
        runs.append(Run(tokens, plus, before))
    elif runs:
        last = runs[-1]
        runs[-1] = Run(last.tokens, last.plus, last.before, spoken)
    return runs


def _read(text: str) -> Iterator[Digits | tuple[str, int]]:
    """Yield each group of digits as `Digits`, and each other token in lower case with its start position."""
    tokens = [(match.group().lower(), match.start(), match.end()) for match in _TOKEN.finditer(text)]
    position = 0
    while position < len(tokens):
        digits, count = _digits(tokens, position)
        if digits:
            yield Digits(digits, tokens[position][1], tokens[position + count - 1][2])
        else:
            yield tokens[position][:2]
        position += count


def _digits(tokens: Sequence[tuple[str, int, int]], position: int) -> tuple[str, int]:
    """Return the digits at this position, and how many tokens they consist of. If there are no digits, return an empty
    text and 1, so that `_read` goes on with the next token.
    """
    word = tokens[position][0]
    if word.isdecimal():
        return "".join(str(int(digit)) for digit in word), 1  # digits of other scripts, such as Arabic, become 0 to 9
    following = [tokens[position + step][0] if position + step < len(tokens) else "" for step in (1, 2)]
    if word in _TIMES:
        repeated = _UNITS.get(following[0]) or (following[0] if following[0] in _DIGITS else "")
        return (repeated * _TIMES[word], 2) if repeated else ("", 1)
    if word in _TENS:
        for count, unit in ((2, following[0]), (3, following[1] if following[0] == "-" else "")):
            if _UNITS.get(unit, "0") != "0":
                return _TENS[word] + _UNITS[unit], count
        return _TENS[word] + "0", 1
    digits = _UNITS.get(word, "") or _TEENS.get(word, "")
    if digits and following[0] in _ZEROS:
        return digits + _ZEROS[following[0]], 2
    return digits, 1
