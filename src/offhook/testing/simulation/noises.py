"""Generates noises for the caller's audio; the samples are the same every time."""

from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from offhook.core.errors import OffhookError
from offhook.testing.speech import RATE, load

__all__ = ["NOISES", "VOICES", "Noise", "noise"]

Noise = Literal["hiss", "clicks", "cough", "music", "talker"]
NOISES: tuple[str, ...] = get_args(Noise)
VOICES = ("cough", "talker")
"""Noises that the fake VAD reports as speech."""
_LONGEST = 3_600.0


def noise(kind: str, seconds: float) -> npt.NDArray[np.int16]:
    """Make a noise of this length, 48 kHz mono."""
    if kind not in NOISES:
        raise OffhookError(f"there is no noise {kind!r}; the noises are {', '.join(NOISES)}")
    if not 0 < seconds <= _LONGEST:
        raise OffhookError(f"a noise cannot last {seconds!r} s; give more than 0 and at most {_LONGEST:g} s")
    count = round(seconds * RATE)
    random = np.random.default_rng(7)
    match kind:
        case "hiss":
            samples = random.normal(0, 900, count)
        case "clicks":
            samples = np.zeros(count)
            samples[:: RATE // 2] = 12_000
            samples[1 :: RATE // 2] = -9_000
        case "cough":
            samples = _bursts(random, count)
        case "music":
            samples = _chords(count)
        case _:
            samples = np.resize(load("monologue").astype(np.float64), count)
    return np.clip(samples, -32768, 32767).astype(np.int16)


def _bursts(random: np.random.Generator, count: int) -> npt.NDArray[np.float64]:
    """Return two short bursts per second; each burst mixes breath noise with a voiced tone."""
    at = np.arange(count) / RATE
    shape = np.exp(-12 * (at % 0.5)) * (at % 0.5 < 0.3)
    buzz = np.sign(np.sin(2 * np.pi * 140 * at)) * 4_000
    return np.asarray(shape * (random.normal(0, 5_000, count) + buzz), np.float64)


def _chords(count: int) -> npt.NDArray[np.float64]:
    """Return one chord per second; each chord has three tones."""
    at = np.arange(count) / RATE
    roots = np.array([220.0, 174.6, 196.0, 246.9])[(at.astype(int)) % 4]
    tones = sum(np.sin(2 * np.pi * roots * ratio * at) for ratio in (1.0, 1.25, 1.5))
    return np.asarray(1_500 * tones * np.exp(-2 * (at % 1.0)), np.float64)
