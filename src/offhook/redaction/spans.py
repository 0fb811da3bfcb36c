"""The result of a detector, and the protocol of detectors."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

__all__ = ["Detector", "Span", "mask"]


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a text that is personal data: the characters from `start` up to, but not including, `end`. `mask` puts
    the text `[label]` in their place.
    """

    start: int
    end: int
    label: str


class Detector(Protocol):
    """Finds personal data in one text. The setting `OFFHOOK_REDACTOR` adds your own detector."""

    def find(self, text: str) -> Iterable[Span]:
        """Return the spans to mask. Spans may overlap."""


def mask(text: str, spans: Iterable[Span]) -> str:
    """Return the text with the label of each span in place of the span. Spans that overlap become one span with the
    label of the first span.
    """
    parts: list[str] = []
    position = 0
    for span in _merged(spans):
        parts += [text[position : span.start], f"[{span.label}]"]
        position = span.end
    return "".join([*parts, text[position:]])


def _merged(spans: Iterable[Span]) -> Sequence[Span]:
    merged: list[Span] = []
    for span in sorted(spans, key=lambda one: (one.start, -one.end)):
        if span.end <= span.start:
            continue
        if merged and span.start < merged[-1].end:
            last = merged[-1]
            merged[-1] = Span(last.start, max(last.end, span.end), last.label)
        else:
            merged.append(span)
    return merged
