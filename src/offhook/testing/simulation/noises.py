"""Noises for a caller's line, made here: the same samples every time."""

from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from offhook.core.errors import OffhookError
from offhook.testing.speech import RATE, load

__all__ = ["NOISES", "VOICES", "Noise", "noise"]

Noise = Literal["hiss", "clicks", "cough", "music", "talker"]
NOISES: tuple[str, ...] = get_args(Noise)
VOICES = ("cough", "talker")
"""What a voice detector takes for a voice."""
_LONGEST = 3_600.0


def noise(kind: str, seconds: float) -> npt.NDArray[np.int16]:
    """So many seconds of it, 48 kHz mono."""
    if kind not in NOISES:
        raise OffhookError(f"there is no noise {kind!r}; there are {', '.join(NOISES)}")
    if not 0 < seconds <= _LONGEST:
        raise OffhookError(f"a noise of {seconds!r} s cannot be made; give more than 0 and at most {_LONGEST:g} s")
    count = round(seconds * RATE)
    random = np.random.default_rng(7)
    match kind:
        case "hiss":
            made = random.normal(0, 900, count)
        case "clicks":
            made = np.zeros(count)
            made[:: RATE // 2] = 12_000
            made[1 :: RATE // 2] = -9_000
        case "cough":
            made = _bursts(random, count)
        case "music":
            made = _chords(count)
        case _:
            made = np.resize(load("monologue").astype(np.float64), count)
    return np.clip(made, -32768, 32767).astype(np.int16)


def _bursts(random: np.random.Generator, count: int) -> npt.NDArray[np.float64]:
    """Two short bursts of breath and throat a second."""
    at = np.arange(count) / RATE
    shape = np.exp(-12 * (at % 0.5)) * (at % 0.5 < 0.3)
    throat = np.sign(np.sin(2 * np.pi * 140 * at)) * 4_000
    return np.asarray(shape * (random.normal(0, 5_000, count) + throat), np.float64)


def _chords(count: int) -> npt.NDArray[np.float64]:
    """A chord a second, three voices each."""
    at = np.arange(count) / RATE
    roots = np.array([220.0, 174.6, 196.0, 246.9])[(at.astype(int)) % 4]
    voices = sum(np.sin(2 * np.pi * roots * ratio * at) for ratio in (1.0, 1.25, 1.5))
    return np.asarray(1_500 * voices * np.exp(-2 * (at % 1.0)), np.float64)
