"""The voice of a drill: a soft hum that is as long as its words."""

import numpy as np

from offhook.testing.sandbox.sound import Sound

__all__ = ["LETTER", "Hum"]

LETTER = 1 / 15
"""Seconds for a letter, so that the length of a sound tells how much was said."""
_RATE = 24_000
_SOFT = 150
"""Above what counts as sound here, and below what LiveKit's transcripts estimate the pace of speech from: they run at
their default pace, always the same.
"""


class Hum:
    """Says every letter equally long."""

    async def say(self, text: str) -> Sound:
        return Sound(np.full(round(len(text.strip()) * LETTER * _RATE), _SOFT, np.int16).tobytes(), _RATE)
