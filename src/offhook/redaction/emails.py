"""Finds e-mail addresses, written ("ada@example.com") or spoken ("ada dot byron at example dot com")."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from offhook.redaction.digits import runs_of
from offhook.redaction.spans import Span
from offhook.redaction.words import words

__all__ = ["emails_in"]

# Every repetition in this pattern has an upper bound, so that the search time grows only linearly with the text.
_WRITTEN: Final = re.compile(r"[\w.%+'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}")
_TOKEN: Final = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)?|[._@+,;:!?-]")
_AT: Final = frozenset({"at", "@", "ät", "klammeraffe"})
_DOT: Final = frozenset({"dot", "point", ".", "punkt"})
_JOINTS: Final = _DOT | frozenset({"underscore", "_", "dash", "hyphen", "minus", "-", "plus", "+", "unterstrich"})
_ENDINGS: Final = words(
    "com net org io de co uk edu gov info me us fr es eu ai app dev biz ch at it nl se no dk be pl ca au in jp cn br "
    "mx tv cc online shop cloud test example invalid nz ie pt cz fi gr hu ro tech xyz"
)
_FIRST: Final = words(
    "is it its it's my the to mail email address that that's thats at on me please send contact write use under "
    "for or and reach by via yes sure okay ok hi hello so ist die adresse an meine lautet"
)
"""Words that may stand before an address and are not part of the address."""
_PLACES: Final = words(
    "am is are was were be been look looked looking order ordered bought buy shop arrive arrived see saw found visit "
    "work works working available online here there them back stay stayed met meet live lives apply signed registered "
    "sell got started left paid account booked read"
)
"""If one of these words is before "at", the text usually names a place or a website, not an e-mail address."""
_CUES: Final = words("mail email address write mailbox inbox adresse gmail")
_MOST_WORDS: Final = 3
_MOST_PARTS: Final = 40
_CUE_WORDS: Final = 8

_STOPS: Final = frozenset(",;:!?")

Token = tuple[str, int, int]


def emails_in(text: str) -> Iterator[Span]:
    """Yield the span of each e-mail address in the text."""
    if "@" in text:
        yield from (Span(match.start(), match.end(), "email") for match in _WRITTEN.finditer(text))
    tokens = [(match.group().lower(), match.start(), match.end()) for match in _TOKEN.finditer(text)]
    for place, (word, _, _) in enumerate(tokens):
        if word == "@" and tokens[place - 1][2] == tokens[place][1]:
            continue  # _WRITTEN has already found this address
        if word in _AT and (span := _spoken(tokens, place)) is not None:
            yield span


def _spoken(tokens: Sequence[Token], at: int) -> Span | None:
    """Return the span of the spoken address around this "at", or None if there is no address."""
    last = _domain_end(tokens, at + 1)
    first = _mailbox_start(tokens, at - 1)
    if last is None or first is None:
        return None
    cues = {word for word, _, _ in tokens[max(0, first - _CUE_WORDS) : first]} & _CUES
    if tokens[at - 1][0] in _PLACES and not cues:
        return None
    return Span(tokens[first][1], tokens[last][2], "email")


def _domain_end(tokens: Sequence[Token], start: int) -> int | None:
    """Return the index of the last token of the domain, or None if there is no domain. A domain consists of words and
    one or more endings, such as "dot com".
    """
    end = None
    count = 0
    for place in range(start, min(start + _MOST_PARTS, len(tokens))):
        word = tokens[place][0]
        if word in _STOPS:
            continue
        if word in _JOINTS:
            count = 0
            continue
        count += 1
        if place > start and tokens[place - 1][0] in _DOT and word in _ENDINGS:
            end = place
        elif end is not None or (count > _MOST_WORDS and len(word) > 1):
            break
    return end


def _mailbox_start(tokens: Sequence[Token], last: int) -> int | None:
    """Return the index of the first token of the mailbox, which is the part before "at", or None if there is no
    mailbox. A mailbox consists of single letters, digits, and a few words.
    """
    first = None
    count = 0
    for place in range(last, max(-1, last - _MOST_PARTS), -1):
        word = tokens[place][0]
        if word in _STOPS and place < last and len(tokens[place + 1][0]) == 1:
            continue  # a comma after a spelled letter, as in "j, o, h, n", is inside the mailbox
        if word in _STOPS:
            break
        if word in _JOINTS:
            count = 0
            continue
        joined = place < last and tokens[place + 1][0] in _JOINTS
        if word in _FIRST and not joined:
            break
        count += len(word) > 1 and not (word.isdigit() or runs_of(word))
        if count > _MOST_WORDS and not joined:
            break
        first = place
    return first
