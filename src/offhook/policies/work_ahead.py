"""Decides which interim transcript is stable enough for the model to begin its answer before the caller's turn ends."""

import re

from offhook.core.work_ahead import WorkAhead

__all__ = ["SpeechLevel", "StableInterim"]

_SENTENCE = re.compile(r"[\w%°][\"'”»)\]]*[.?!。؟।\uff01\uff1f][\"'”»)\]]*$")
"""A full stop, a question mark or an exclamation mark after a word. Three dots do not match, because they mean that
more words follow.
"""


_LOWER = 0.1
"""The caller counts as pausing if the level is at most this fraction of the speech level, that is, 20 dB lower."""
_FORGET = 0.7
"""In each second, the stored level of the speech falls to this fraction, so that one loud sound has no lasting effect.
"""
_PAUSE = 0.1
"""Seconds of a low level until the caller counts as pausing. The silence inside a consonant is shorter than this."""


class SpeechLevel:
    """Detects pauses of the caller earlier than a VAD, by the level of the sound alone. In noise, pauses are not
    detected.
    """

    def __init__(self) -> None:
        self._speech = self._low = 0.0

    def pauses(self, level: float, seconds: float) -> bool:
        """Take the mean level of the next `seconds` of sound. Return True if the caller pauses after speech."""
        self._speech = max(level, self._speech * _FORGET**seconds)
        self._low = self._low + seconds if level <= self._speech * _LOWER else 0.0
        return self._low >= _PAUSE


class StableInterim:
    """The interim transcript of one STT stream. `due` returns True once for each transcript that is stable.

    A transcript is stable if it has not changed for some time, and the caller is silent or the text ends like a
    sentence.
    """

    def __init__(self, plan: WorkAhead) -> None:
        self._plan = plan
        self._text = ""
        self._since = 0.0
        self._given = False
        self._silent, self._pauses = True, False
        self._begun = 0

    @property
    def deadline(self) -> float | None:
        """When to call `due` again. None: `due` becomes True only after another event, such as a new transcript."""
        if self._given or not self._text or self._begun >= self._plan.per_turn:
            return None
        sentence = _SENTENCE.search(self._text) is not None
        times = [self._plan.stable] if self._silent or (sentence and self._pauses) else []
        times += [self._plan.sentence] if sentence else []
        return self._since + min(times) if times else None

    def interim(self, text: str, now: float) -> None:
        """Take an interim transcript. If the text is unchanged, the time since its last change continues to count."""
        text = text.strip()
        if text != self._text:
            self._text, self._since, self._given = text, now, False

    def final(self) -> None:
        """Handle a final transcript: the next interim transcript begins with new words."""
        self._text, self._given = "", False

    def silent(self, *, silent: bool) -> None:
        """Store whether the VAD reports silence."""
        self._silent = silent

    def pausing(self, *, pauses: bool) -> None:
        """Handle the start or the end of a pause in the sound. A pause after a sentence counts like silence."""
        self._pauses = pauses

    def end_turn(self) -> None:
        """Handle the end of the caller's turn: in the next turn, the model may again begin its answer early."""
        self._begun = 0

    def due(self, now: float) -> bool:
        """True if the transcript has become stable; only once for each transcript."""
        deadline = self.deadline
        if deadline is None or now < deadline:
            return False
        self._given = True
        self._begun += 1
        return True
