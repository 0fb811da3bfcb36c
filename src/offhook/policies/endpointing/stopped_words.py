"""Detects that the caller has stopped, although the VAD reports speech because other people talk in the background."""

import math

from offhook.core.facts import Fact, TranscriptReceived, TurnCommitted

__all__ = ["StoppedWords"]

_LEAST = 1.5
"""Minimum seconds without new words. While the caller speaks, most STTs return an interim transcript every second."""
_SLOW, _MOST = 2.0, 4.0
"""With a slow STT, the limit is 2 times the longest time between two transcripts with new words, at most 4 seconds."""
_DROP = 3.0
"""The sound must be this many decibels lower than during the words. A caller who goes on is as loud as before. With a
crowd 5 dB below the caller, the sound falls by 6 dB when the caller stops.
"""
_RECENT, _WITH_WORDS = 1.0, 2.0
"""Seconds over which the level is measured: the present level, and the level at the time of new words. The STT returns
words up to a second after the sound.
"""
_LOUD = 0.75
"""The quantile of the levels that is compared. Short pauses between the words do not affect this level."""


class StoppedWords:
    """Follows the words and the sound level of one speech of the caller. `last` is the time of the last new words of
    this speech; infinite if there are none. `final`: the last transcript was a final one.

    `stopped` needs words of this speech, and an STT that returns interim transcripts. Otherwise missing words prove
    nothing.
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
                if words > self._most:  # a final transcript with the words of the interim one has no new words
                    self._most = words
                    self._grow(now)
            case TurnCommitted():
                self._final_words = self._most = 0

    def begin(self) -> None:
        """Handle the start of a speech, or of the sound that goes on after the reported end of a speech."""
        self.last, self._levels, self._loud = math.inf, [], 0.0

    def hear(self, power: float, seconds: float) -> None:
        """Take the mean square of the next `seconds` of the speech's sound."""
        self._levels = [*self._levels[-round(_WITH_WORDS / seconds) :], 10 * math.log10(max(power, 1.0))]
        self._seconds = seconds

    def stopped(self, now: float) -> bool:
        """True if no new words have come for some time, and the sound is lower than with the words."""
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
