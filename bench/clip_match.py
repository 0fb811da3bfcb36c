"""Finds a clip in received audio by normalised cross-correlation, and measures what is missing at its edges.

The compared edges are tones that rise or fall, so a part of the tone fits only at its own place. A concealed packet
repeats an earlier pitch and does not count as received. Both signals are compared as a telephone carries them (8 kHz).
"""

import numpy as np
import numpy.typing as npt

from bench.clips import CLIP_RATE
from offhook.testing.sip.pcmu import RATE, decode, encode
from offhook.testing.speech import RATE as WIDE
from offhook.testing.speech import Samples

__all__ = ["TOLERANCE_MS", "lost_at_end_ms", "lost_at_start_ms"]

TOLERANCE_MS = 20.0
"""One packet. A smaller loss cannot be told from the work of a jitter buffer, and counts as 0."""

_EDGE = RATE // 2
"""The length of the tone at the edge of a clip."""
_PART = RATE * 24 // 1000
_STEP = RATE * 4 // 1000
_SHIFT = RATE * 12 // 1000
"""A jitter buffer that stretches audio moves the parts of a clip by up to this many samples."""
_FITS = 0.8
_FOUND = 0.3

_Signal = npt.NDArray[np.float64]


def lost_at_start_ms(heard: Samples, clip: Samples) -> float:
    """Return the missing milliseconds at the start of a clip (24 kHz) in the received audio (48 kHz).

    Without a trace of the edge, the whole length of the edge is missing.
    """
    return _lost(_narrow(heard), _narrow(_widened(clip))[:_EDGE])


def lost_at_end_ms(heard: Samples, clip: Samples) -> float:
    """Return the missing milliseconds at the end of a clip (24 kHz) in the received audio (48 kHz)."""
    return _lost(_narrow(heard)[::-1], _narrow(_widened(clip))[-_EDGE:][::-1])


def _lost(heard: _Signal, edge: _Signal) -> float:
    """Find the edge, then look for its first part that is there."""
    around = np.pad(heard, len(edge))  # a part of the edge may be outside
    fit = _correlation(around, edge)
    at = int(np.argmax(fit))
    first = len(edge)
    if fit[at] >= _FOUND:
        first = next(
            (start for start in range(0, len(edge) - _PART, _STEP) if _is_there(around, edge, at, start)), first
        )
    lost = first / RATE * 1000
    return 0.0 if lost <= TOLERANCE_MS else round(lost, 1)


def _is_there(heard: _Signal, edge: _Signal, at: int, start: int) -> bool:
    near = heard[max(at + start - _SHIFT, 0) : at + start + _PART + _SHIFT]
    return bool(np.max(_correlation(near, edge[start : start + _PART])) >= _FITS)


def _correlation(signal: _Signal, part: _Signal) -> _Signal:
    """Return how well the part fits at each place of the signal: 1 is the same up to a factor."""
    size = len(signal) + len(part)
    spectrum = np.fft.rfft(signal, size) * np.conj(np.fft.rfft(part, size))
    products = np.fft.irfft(spectrum, size)[: len(signal) - len(part) + 1]
    power = np.concatenate(([0.0], np.cumsum(signal**2)))
    energy = power[len(part) :] - power[: -len(part)]
    quiet = float(np.sum(part**2)) * 1e-4  # noise of a silent line fits nothing
    result: _Signal = products / (np.sqrt(np.maximum(energy, quiet)) * np.sqrt(np.sum(part**2)))
    return result


def _narrow(pcm: Samples) -> _Signal:
    if not len(pcm):
        return np.zeros(0)
    return decode(encode(pcm))[:: WIDE // RATE].astype(np.float64)


def _widened(clip: Samples) -> Samples:
    at = np.arange(0, len(clip), CLIP_RATE / WIDE)
    return np.interp(at, np.arange(len(clip)), clip).astype(np.int16)
