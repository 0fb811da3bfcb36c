"""The audio of the emulated TTS."""

import asyncio
from typing import Protocol

import numpy as np

from offhook.testing.sandbox.sound import Sound

__all__ = ["Offline", "Tone", "TtsModel", "timed"]


class TtsModel(Protocol):
    """Turns text into audio."""

    async def say(self, text: str) -> Sound: ...


class Tone:
    """Plays a tone instead of speech: `letter` seconds for each character of the text. Needs little CPU time."""

    def __init__(self, *, letter: float = 0.05, rate: int = 24_000) -> None:
        self._letter, self._rate = letter, rate

    async def say(self, text: str) -> Sound:
        count = round(len(text.strip()) * self._letter * self._rate)
        wave = 8000 * np.sin(2 * np.pi * 220 * np.arange(count) / self._rate)
        return Sound(wave.astype(np.int16).tobytes(), self._rate)


class Offline:
    """The TTS of the offline models, with intelligible speech."""

    async def say(self, text: str) -> Sound:
        from offhook.models.offline.voice import render  # noqa: PLC0415  # needs the extra `offline`

        frame = await asyncio.get_running_loop().run_in_executor(None, render, text)
        return Sound(bytes(frame.data), frame.sample_rate)


def timed(text: str, *, start: float, seconds: float) -> list[tuple[str, float, float]]:
    """Return each word with its start and end in seconds; the duration of a word depends on its number of letters."""
    words, letters, placed = text.split(), 0, []
    total = sum(map(len, words)) or 1
    for word in words:
        begins, letters = letters, letters + len(word)
        placed.append((word, start + seconds * begins / total, start + seconds * letters / total))
    return placed
