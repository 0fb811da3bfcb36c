"""Converts a scripted caller's words to audio: samples for real models, only the duration for fake models."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from livekit import rtc

from offhook.testing.simulation.noises import noise
from offhook.testing.simulation.tone_tts import seconds_of
from offhook.testing.speech import RATE, SpeechError, load

__all__ = ["SpeechSource"]

Samples = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class SpeechSource:
    """Makes the audio of a caller. `sound` is True if the STT, the VAD or another model of
    the agent needs the samples. A fake model needs only the duration.
    """

    sound: bool

    def speech(self, words: str, audio: str | Path | None) -> tuple[float, Samples | None]:
        """Return the duration in seconds and the samples of these words; without `sound`, no samples.

        The audio comes from the file `audio`, from a recording of this package, or from the offline TTS.
        """
        if not self.sound and audio is None:
            return seconds_of(words), None
        pcm = load(audio) if audio is not None else _spoken(words)
        return len(pcm) / RATE, pcm if self.sound else None

    def noise(self, kind: str, seconds: float) -> Samples | None:
        samples = noise(kind, seconds if self.sound else min(seconds, 0.1))
        return samples if self.sound else None


@lru_cache(maxsize=64)
def _spoken(words: str) -> Samples:
    try:
        return load(words)
    except SpeechError:
        return _rendered(words)


def _rendered(words: str) -> Samples:
    from offhook.models.offline.voice import render  # noqa: PLC0415  # only these lines need the offline extra

    frame = render(words)
    if frame.sample_rate == RATE:
        return np.frombuffer(frame.data, np.int16)
    resampler = rtc.AudioResampler(frame.sample_rate, RATE)
    frames = [*resampler.push(frame), *resampler.flush()]
    return np.concatenate([np.frombuffer(part.data, np.int16) for part in frames])
