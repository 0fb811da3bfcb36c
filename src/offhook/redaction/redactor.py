"""Masks personal data in one text, or in all turns of a call."""

import json
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from offhook.redaction.cards import card_in
from offhook.redaction.digits import Run, runs_of
from offhook.redaction.emails import emails_in
from offhook.redaction.phones import REGIONS, phone_in
from offhook.redaction.spans import Detector, Span, mask

__all__ = ["MOST_CHARACTERS", "Redactor"]

Turn = tuple[str, str]
"""A turn: the speaker and the text."""
Placed = tuple[int, Run]
"""A run of digits, and the number of the turn that contains the run."""

MOST_CHARACTERS: Final = 20_000
"""Maximum characters of one text. A longer text is cut, because masking it would take too long."""
_CUT: Final = "[cut]"
_MOST_DIGITS: Final = 64
"""Maximum digits of one chain. A chain consists of the runs of digits that may form one number. A longer chain is
split, because the search in it would take too long.
"""
_MOST_WORDS: Final = 4
"""Maximum words between two parts of one card number."""
_PARTIAL: Final = 4
_MOST_TURNS: Final = 2
"""The next part of a number may be in the same turn, or up to this many turns of the same speaker later."""


class Redactor:
    """Masks card numbers, phone numbers and e-mail addresses, written or spoken.

    The phone numbers of `regions` are also found without a country code. `detectors` find other kinds of personal data.
    """

    def __init__(self, *, regions: Sequence[str] = REGIONS, detectors: Sequence[Detector] = ()) -> None:
        self._regions = tuple(regions)
        self._detectors = tuple(detectors)

    def redact(self, text: str) -> str:
        """Return the text with a label in place of each piece of personal data."""
        return self.redact_turns([("", text)])[0]

    def redact_turns(self, turns: Sequence[Turn]) -> list[str]:
        """Return the masked texts of the turns. A number is also found if a speaker says its parts in several turns."""
        short = [(who, text if len(text) <= MOST_CHARACTERS else text[:MOST_CHARACTERS] + _CUT) for who, text in turns]
        spans: list[list[Span]] = [[] for _ in turns]
        for turn, span in self.find(short):
            spans[turn].append(span)
        return [mask(text, found) for (_, text), found in zip(short, spans, strict=True)]

    def redact_partial(self, text: str) -> str:
        """Return the masked text of a turn that is not complete yet. Every number of four or more digits is masked too,
        because it may be the beginning of a longer number.
        """
        text = text[:MOST_CHARACTERS]
        spans = [span for _, span in self.find([("", text)])]
        numbers = [run.tokens for run in runs_of(text) if len(run.digits) >= _PARTIAL]
        spans += [Span(tokens[0].start, tokens[-1].end, "number") for tokens in numbers]
        return mask(text, spans)

    def redact_json(self, text: str) -> str:
        """Return the masked text. If the text is a JSON object or a JSON array, the result is valid JSON too."""
        masked = self.redact(text)
        if masked == text or not text.lstrip().startswith(("{", "[")):
            return masked
        try:
            return json.dumps(self._json(json.loads(text)), ensure_ascii=False)
        except (ValueError, RecursionError):
            return masked

    def _json(self, value: object) -> object:
        match value:
            case str():
                return self.redact(value)
            case int() | float() if not isinstance(value, bool):
                text = str(value)
                masked = self.redact(text)
                return value if masked == text else masked
            case dict():
                return {self.redact(key): self._json(item) for key, item in value.items()}
            case list():
                return [self._json(item) for item in value]
        return value

    def find(self, turns: Sequence[Turn]) -> Iterator[tuple[int, Span]]:
        """Yield each place to mask: the number of the turn, and the span in the text of this turn."""
        for speaker in dict.fromkeys(who for who, _ in turns):
            numbers = [number for number, (who, _) in enumerate(turns) if who == speaker]
            runs = [(number, run) for number in numbers for run in runs_of(turns[number][1])]
            cards = set[tuple[int, int]]()
            # The second search leaves out single digits, such as the "one" of "one moment" inside a card number.
            for parts in (runs, [one for one in runs if len(one[1].digits) > 1]):
                for chain in _chains(parts, numbers, words=_MOST_WORDS):
                    for number, span in _cards(chain):
                        cards.add((number, span.start))
                        yield number, span
            for chain in _chains(runs, numbers, words=0):
                if not any((number, token.start) in cards for number, run in chain for token in run.tokens):
                    yield from self._phones(turns, chain)
        for number, (_, text) in enumerate(turns):
            yield from ((number, span) for span in emails_in(text))
            for detector in self._detectors:
                yield from ((number, span) for span in detector.find(text))

    def _phones(self, turns: Sequence[Turn], chain: Sequence[Placed]) -> Iterator[tuple[int, Span]]:
        """Yield the spans of a phone number that all runs of the chain form together. If they form none, look for a
        phone number in each run.
        """
        for placed in (chain, *([one] for one in chain if len(chain) > 1)):
            number, first = placed[0]
            before = turns[number - 1][1] if number else ""
            said = f"{before} {turns[number][1][: first.tokens[0].start]}"
            together = Run([token for _, run in placed for token in run.tokens], first.plus)
            found = phone_in(together, said, self._regions)
            if found is not None:
                yield from _spans(placed, *found, "phone")
                if placed is chain:
                    return


def _cards(chain: Sequence[Placed]) -> Iterator[tuple[int, Span]]:
    """Yield the spans of each card number in the chain."""
    parts = [token.digits for _, run in chain for token in run.tokens]
    position = 0
    while (found := card_in(parts[position:])) is not None:
        yield from _spans(chain, position + found[0], position + found[1], "card")
        position += found[1]


def _spans(chain: Sequence[Placed], first: int, last: int, label: str) -> Iterator[tuple[int, Span]]:
    """`first` and `last` are indexes in the tokens of the whole chain. Yield one span for each run that has tokens from
    `first` up to, but not including, `last`.
    """
    position = 0
    for number, run in chain:
        inside = run.tokens[max(0, first - position) : max(0, last - position)]
        position += len(run.tokens)
        if inside:
            start = inside[0].start if run.plus is None or inside[0] is not run.tokens[0] else run.plus
            yield number, Span(start, inside[-1].end, label)


def _chains(runs: Sequence[Placed], numbers: Sequence[int], *, words: int) -> Iterator[list[Placed]]:
    """Yield chains of runs that may be parts of one number. The turns of these runs are close together, and at most
    `words` words are between one run and the next run.
    """
    order = {number: place for place, number in enumerate(numbers)}
    chain: list[Placed] = []
    size = 0
    for (before, earlier), (number, run) in pairwise([(-1, Run([])), *runs]):
        near = before >= 0 and order[number] - order[before] <= _MOST_TURNS
        between = run.before if number == before else earlier.after + run.before
        length = sum(len(token.digits) for token in run.tokens)
        if chain and not (near and between <= words and run.plus is None and size + length <= _MOST_DIGITS):
            yield chain
            chain, size = [], 0
        chain.append((number, run))
        size += length
    if chain:
        yield chain
