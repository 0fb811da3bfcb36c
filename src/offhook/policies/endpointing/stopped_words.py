"""Detects that the caller has stopped, although the VAD reports speech because other people talk in the background."""

import math

from offhook.core.facts import Fact, TranscriptReceived, TurnCommitted

__all__ = ["StoppedWords"]

_LEAST = 1.5
"""The caller counts as stopped only after at least this many seconds without new words. While the caller speaks, most
STTs return an interim transcript every second.
"""
_SLOW, _MOST = 2.0, 4.0
"""With a slow STT, the required time without new words is longer. It is 2 times the longest time between two
transcripts with new words, but at most 4 seconds.
"""
_DROP = 3.0
"""The caller counts as stopped only if the sound is at least this many decibels lower than it was during the words. A
caller who goes on is as loud as before. If the background voices are 5 dB below the caller's voice, the sound falls by
6 dB when the caller stops.
"""
_RECENT, _WITH_WORDS = 1.0, 2.0
"""The present sound level is measured over the last second. The level at the time of new words is measured over 2
seconds, because the STT returns words up to a second after the sound.
"""
_LOUD = 0.75
"""This quantile of the measured levels is compared, because short pauses between the words do not affect it."""


class StoppedWords:
    """Follows the words and the sound level of one speech of the caller. `last` is the time of the last new words of
    this speech; infinite if there are none. `final`: the last transcript was a final one.

    `stopped` is True only after words of this speech, and only with an STT that returns interim transcripts. In all
    other cases, missing words do not prove that the caller has stopped.
    """

    def __init__(self) -> None:
        self._final_words = self._most = 0
        self._interims = False
        self._slowest = 0.0
        self.last = math.inf
        self.final = False
        self._levels: list[float] = []
        self._seconds = 1.0
        self._loud = 0.0

    def notice(self, fact: Fact, now: float) -> None:
        """Handle a fact of the call."""
        match fact:
            case TranscriptReceived(backchannel=True):
                return
            case TranscriptReceived(text=text, final=final):
                words = self._final_words + len(text.split())
                self._final_words = words if final else self._final_words
                self._interims = self._interims or not final
                self.final = final
                if words > self._most:  # a final transcript that repeats the interim one has no new words
                    self._most = words
                    self._grow(now)
            case TurnCommitted():
                self._final_words = self._most = 0

    def begin(self) -> None:
        """Start to follow a speech, or a sound that goes on although the VAD has reported the end of the speech."""
        self.last, self._levels, self._loud = math.inf, [], 0.0

    def hear(self, power: float, seconds: float) -> None:
        """Add one measurement: `power` is the mean square of the next `seconds` of sound."""
        self._levels = [*self._levels[-round(_WITH_WORDS / seconds) :], 10 * math.log10(max(power, 1.0))]
        self._seconds = seconds

    def stopped(self, now: float) -> bool:
        """True if the STT has returned no new words for some time, and the sound is quieter than during the words."""
        if not self._interims or now - self.last < max(_LEAST, min(self._slowest * _SLOW, _MOST)):
            return False
        return _level(self._levels[-round(_RECENT / self._seconds) :]) <= self._loud - _DROP

    def _grow(self, now: float) -> None:
        if self.last < math.inf:
            self._slowest = max(self._slowest, now - self.last)
        self.last, self._loud = now, max(self._loud, _level(self._levels))


def _level(levels: list[float]) -> float:
    ordered = sorted(levels)
    return ordered[int(len(ordered) * _LOUD)] if ordered else 0.0
