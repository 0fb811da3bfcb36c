"""A caller in a crowd: the voices around the caller have no pause, so the VAD reports speech without an end."""

import numpy as np

from offhook.testing.speech import RATE, Samples, load

__all__ = ["SPOKEN", "order_in_a_crowd"]

SPOKEN = 3.0
"""Seconds that the caller speaks."""


def crowd(seconds: float, level: float) -> Samples:
    """Six voices that talk at once, without a pause; `level` is their power in decibels against one voice."""
    voice = np.resize(load("monologue").astype(np.float64), round(seconds * RATE))
    voices = sum(np.roll(voice, shift * RATE * 7 // 3)[:: 1 if shift % 2 else -1] for shift in range(1, 7))
    scale = np.sqrt(np.mean(voice**2) / np.mean(voices**2)) * 10 ** (level / 20)
    return np.asarray(voices * scale, np.int16)


def order_in_a_crowd(seconds: float, *, level: float = -6.0) -> Samples:
    """A voice for three seconds, and the crowd all the time."""
    line = crowd(seconds, level).astype(np.int32)
    line[: round(SPOKEN * RATE)] += load("monologue")[: round(SPOKEN * RATE)]
    return np.clip(line, -32_768, 32_767).astype(np.int16)
