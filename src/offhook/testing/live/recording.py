"""Writes a call as a stereo WAV file: the caller on the left, the other participants on the right."""

import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from offhook.testing.speech import RATE, Samples

__all__ = ["write_stereo"]

Placed = Sequence[tuple[float, Samples]]
"""Pieces of audio, each with its start time."""


def write_stereo(path: Path, *, left: Placed, right: Placed, began_at: float) -> None:
    """Write both sides on one timeline; audio before `began_at` is cut off."""
    ends = [int((at - began_at) * RATE) + len(pcm) for at, pcm in (*left, *right)]
    length = max(ends, default=0)
    both = np.stack([_mixed(side, began_at, length) for side in (left, right)], axis=1)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(both.tobytes())


def _mixed(side: Placed, began_at: float, length: int) -> Samples:
    track = np.zeros(max(length, 0), np.int32)
    for at, pcm in side:
        start = int((at - began_at) * RATE)
        kept = pcm[max(-start, 0) :]
        track[max(start, 0) : max(start, 0) + len(kept)] += kept
    return np.clip(track, -32768, 32767).astype(np.int16)
