"""Keeps repeated interim transcripts out of the journal, because some STTs repeat them all the time."""

from collections.abc import Callable

from offhook.core.facts import Fact, TranscriptReceived

__all__ = ["Repeats"]

EVERY = 0.5
"""An interim transcript with the same text is posted again after this many seconds, because the repetition shows that
the caller still speaks.
"""


class Repeats:
    """Call this object with each fact: it returns True if the fact repeats an interim transcript that was posted less
    than `EVERY` seconds ago.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last: TranscriptReceived | None = None
        self._at = 0.0

    def __call__(self, fact: Fact) -> bool:
        if not isinstance(fact, TranscriptReceived):
            return False
        now = self._clock()
        if not fact.final and fact == self._last and now - self._at < EVERY:
            return True
        self._last, self._at = fact, now
        return False
