"""Finds a clip in received audio by normalised cross-correlation, and measures the loss at the clip's start and end.

A clip starts or ends with a tone whose pitch rises or falls, so each part of the tone matches received audio only at
one place. The receiver conceals a lost packet with audio of an earlier pitch; this audio does not count as received.
Before the comparison, both signals are encoded and decoded with the telephone codec PCMU (8 kHz).
"""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from bench.clips import CLIP_RATE
from offhook.testing.sip.pcmu import RATE, decode, encode
from offhook.testing.speech import RATE as WIDE
from offhook.testing.speech import Samples

__all__ = ["TOLERANCE_MS", "lost_at_end_ms", "lost_at_start_ms"]

TOLERANCE_MS = 20.0
"""The length of one packet. A jitter buffer can lose one packet, so a loss up to this length counts as 0."""

_EDGE = RATE // 2
"""The length of the tone at the edge of a clip, in samples."""
_PART = RATE * 24 // 1000
_STEP = RATE * 4 // 1000
_SHIFT = RATE * 300 // 1000
"""A part may be displaced by up to this many samples, because a jitter buffer stretches audio, and a busy sender
pauses.
"""
_FITS = 0.8
_QUIET = 1e-4
"""Audio below this share of the tone's energy counts as line noise, and matches no part."""

_Signal = npt.NDArray[np.float64]


def lost_at_start_ms(heard: Samples, clip: Samples) -> float:
    """Return the missing milliseconds at the start of a clip (24 kHz) in the received audio (48 kHz).

    If no part of the start is found, return the length of the compared tone.
    """
    return _lost(_narrow(heard), _narrow(_widened(clip))[:_EDGE])


def lost_at_end_ms(heard: Samples, clip: Samples) -> float:
    """Return the missing milliseconds at the end of a clip (24 kHz) in the received audio (48 kHz)."""
    return _lost(_narrow(heard)[::-1], _narrow(_widened(clip))[-_EDGE:][::-1])


def _lost(heard: _Signal, edge: _Signal) -> float:
    """Return the milliseconds of the edge before the first part that is found at its expected place. Each part of the
    edge is searched separately.
    """
    if len(heard) < _PART:
        return len(edge) / RATE * 1000
    starts = range(0, len(edge) - _PART, _STEP)
    found = dict(zip(starts, _best_places(heard, [edge[start : start + _PART] for start in starts]), strict=True))
    delays = {start: at - start for start, (at, fit) in found.items() if fit >= _FITS}
    usual = float(np.median(list(delays.values()))) if delays else 0.0
    there = (start for start, delay in delays.items() if abs(delay - usual) <= _SHIFT)
    lost = next(there, len(edge)) / RATE * 1000
    return 0.0 if lost <= TOLERANCE_MS else round(lost, 1)


def _best_places(heard: _Signal, parts: Sequence[_Signal]) -> Iterator[tuple[int, float]]:
    """Yield for each part the position where the part fits best, and the correlation at this position. A correlation of
    1 means the same waveform at any volume.
    """
    size = 1 << (len(heard) + _PART).bit_length()
    spectrum = np.fft.rfft(heard, size)
    power = np.concatenate(([0.0], np.cumsum(heard**2)))
    energy = power[_PART:] - power[:-_PART]
    for part in parts:
        own = float(np.sum(part**2))
        products = np.fft.irfft(spectrum * np.conj(np.fft.rfft(part, size)), size)[: len(energy)]
        fit = products / np.sqrt(np.maximum(energy, own * _QUIET) * own)
        at = int(np.argmax(fit))
        yield at, float(fit[at])


def _narrow(pcm: Samples) -> _Signal:
    if not len(pcm):
        return np.zeros(0)
    return decode(encode(pcm))[:: WIDE // RATE].astype(np.float64)


def _widened(clip: Samples) -> Samples:
    at = np.arange(0, len(clip), CLIP_RATE / WIDE)
    wide: _Signal = np.interp(at, np.arange(len(clip)), clip)
    return wide.astype(np.int16)
