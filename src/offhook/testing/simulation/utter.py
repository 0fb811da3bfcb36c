"""How a scripted caller's words become sound: samples for ears that listen, only their length for others."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from livekit import rtc

from offhook.testing.simulation.noises import noise
from offhook.testing.simulation.voices import seconds_of
from offhook.testing.speech import RATE, SpeechError, load

__all__ = ["Utterer"]

Samples = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Utterer:
    """`sound` says whether anybody listens to samples."""

    sound: bool

    def speech(self, words: str, audio: str | Path | None) -> tuple[float, Samples | None]:
        """Length and samples of a line: a file, a line that ships with the kit, or the offline voice."""
        if not self.sound and audio is None:
            return seconds_of(words), None
        pcm = load(audio) if audio is not None else _spoken(words)
        return len(pcm) / RATE, pcm if self.sound else None

    def noise(self, kind: str, seconds: float) -> Samples | None:
        made = noise(kind, seconds if self.sound else min(seconds, 0.1))
        return made if self.sound else None


@lru_cache(maxsize=64)
def _spoken(words: str) -> Samples:
    try:
        return load(words)
    except SpeechError:
        return _rendered(words)


def _rendered(words: str) -> Samples:
    from offhook.models.offline.voice import render  # noqa: PLC0415  # needs the offline extra, for such lines only

    frame = render(words)
    if frame.sample_rate == RATE:
        return np.frombuffer(frame.data, np.int16)
    resampler = rtc.AudioResampler(frame.sample_rate, RATE)
    frames = [*resampler.push(frame), *resampler.flush()]
    return np.concatenate([np.frombuffer(part.data, np.int16) for part in frames])
