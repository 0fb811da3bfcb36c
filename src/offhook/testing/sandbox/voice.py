"""What the emulated voices sound like."""

import asyncio
from typing import Protocol

import numpy as np

from offhook.testing.sandbox.sound import Sound

__all__ = ["Offline", "Tone", "Voice", "timed"]


class Voice(Protocol):
    """Turns words into sound."""

    async def say(self, text: str) -> Sound: ...


class Tone:
    """A hum that is exactly `letter` seconds long for each character: cheap, and its length tells what was said."""

    def __init__(self, *, letter: float = 0.05, rate: int = 24_000) -> None:
        self._letter, self._rate = letter, rate

    async def say(self, text: str) -> Sound:
        count = round(len(text.strip()) * self._letter * self._rate)
        wave = 8000 * np.sin(2 * np.pi * 220 * np.arange(count) / self._rate)
        return Sound(wave.astype(np.int16).tobytes(), self._rate)


class Offline:
    """The voice of the offline models, in words that can be understood."""

    async def say(self, text: str) -> Sound:
        from offhook.models.offline.voice import render  # noqa: PLC0415  # needs the extra `offline`

        frame = await asyncio.get_running_loop().run_in_executor(None, render, text)
        return Sound(bytes(frame.data), frame.sample_rate)


def timed(text: str, *, start: float, seconds: float) -> list[tuple[str, float, float]]:
    """Each word with the time it begins and ends, by its share of the letters."""
    words, letters, placed = text.split(), 0, []
    total = sum(map(len, words)) or 1
    for word in words:
        begins, letters = letters, letters + len(word)
        placed.append((word, start + seconds * begins / total, start + seconds * letters / total))
    return placed
