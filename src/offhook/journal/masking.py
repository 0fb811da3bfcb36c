"""Masks personal data in records before they are written, and corrects earlier records if one number (such as a card
number) was spoken in parts, in several turns.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from offhook.core.record import Record
from offhook.core.speech import changed

__all__ = ["Correction", "Masking", "TextMask", "masked"]

_KEEP: Final = 12
"""The last 12 turns are searched together, because a speaker may say the digits of one number in several turns."""


class TextMask(Protocol):
    """Masks personal data in texts."""

    def redact(self, text: str) -> str:
        """Return the masked text."""

    def redact_json(self, text: str) -> str:
        """Return the masked form of a text that is usually JSON."""

    def redact_partial(self, text: str) -> str:
        """Return the masked form of an interim text, which may still grow."""

    def redact_turns(self, turns: Sequence[tuple[str, str]]) -> Sequence[str]:
        """Return the masked texts of these turns. Each turn is a pair: its speaker and its text."""


@dataclass(frozen=True, slots=True)
class Correction:
    """The corrected `text` of a record. The record was written before a later turn contained the rest of a number."""

    call: str
    seq: int
    text: str


@dataclass(slots=True)
class _Turn:
    """A turn with its original text (`said`) and its masked text in the journal (`written`)."""

    seq: int
    who: str
    said: str
    written: str


class Masking:
    """Masks the records of one call. Fields that are not speech (names, numbers and fixed values) stay unchanged."""

    def __init__(self, mask: TextMask) -> None:
        self._mask = mask
        self._turns: deque[_Turn] = deque(maxlen=_KEEP)

    def apply(self, record: Record) -> tuple[Record, Sequence[Correction]]:
        """Return the masked record, and the corrections of earlier records."""
        text = record.body.get("text")
        final = record.name == "MessageCommitted" or bool(record.body.get("final"))
        if record.name in ("MessageCommitted", "TranscriptReceived") and isinstance(text, str):
            if not final:
                return replace(record, body={**record.body, "text": self._mask.redact_partial(text)}), ()
            return self._turn(record, text)
        return replace(record, body=changed(record.name, record.body, self._mask.redact_json)), ()

    def forget(self) -> None:
        """Drop the stored turns, because their words were redacted in the journal."""
        self._turns.clear()

    def _turn(self, record: Record, text: str) -> tuple[Record, Sequence[Correction]]:
        """Mask a turn together with the turns before it."""
        who = f"{record.name} {record.body.get('role', '')}"
        self._turns.append(_Turn(record.seq, who, text, text))
        masked = self._mask.redact_turns([(turn.who, turn.said) for turn in self._turns])
        corrections: list[Correction] = []
        for turn, now in zip(self._turns, masked, strict=True):
            if turn.seq != record.seq and turn.written != now != turn.said:
                corrections.append(Correction(record.call, turn.seq, now))
            turn.written = now
        return replace(record, body={**record.body, "text": masked[-1]}), corrections


def masked(records: Sequence[Record], mask: TextMask) -> list[Record]:
    """Return the masked records of one call. All parts of a number that is split over several turns are masked."""
    masking = Masking(mask)
    found: dict[int, Record] = {}
    for record in records:
        found[record.seq], corrections = masking.apply(record)
        for one in corrections:
            earlier = found[one.seq]
            found[one.seq] = replace(earlier, body={**earlier.body, "text": one.text})
    return list(found.values())
