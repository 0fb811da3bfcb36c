"""The TTS of a drill: a quiet tone whose length depends only on the number of characters."""

import numpy as np

from offhook.testing.sandbox.sound import Sound

__all__ = ["LETTER", "Tone"]

LETTER = 1 / 15
"""Seconds of audio for each character, always the same, so that the audio's length shows how much text was played."""
_RATE = 24_000
_LEVEL = 150
"""The amplitude of the tone. The tone is loud enough to count as sound in a drill, but too quiet for LiveKit to
estimate the speaking rate.

Therefore LiveKit's transcripts always advance at LiveKit's default speaking rate.
"""


class Tone:
    """Speaks a text as one tone, which lasts 1/15 s for each character."""

    async def say(self, text: str) -> Sound:
        return Sound(np.full(round(len(text.strip()) * LETTER * _RATE), _LEVEL, np.int16).tobytes(), _RATE)
