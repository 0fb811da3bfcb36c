"""Converts between the 48 kHz samples of the test kit and PCMU (G.711 µ-law, 8 kHz)."""

from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from offhook.testing.speech import Samples

__all__ = ["FRAME", "RATE", "SILENCE", "decode", "encode"]

RATE: Final = 8000
FRAME: Final = RATE // 50
"""The number of samples in a packet of 20 ms. A PCMU sample has one byte."""
SILENCE: Final = b"\xff" * FRAME

_FACTOR: Final = 6
_BIAS: Final = 132
_LARGEST: Final = 32_635


def encode(pcm: Samples) -> bytes:
    """Return 48 kHz samples as PCMU."""
    low = np.convolve(pcm.astype(np.float64), _low_pass(), mode="same")[::_FACTOR]
    samples = np.clip(np.round(low), -_LARGEST, _LARGEST).astype(np.int32)
    magnitude = np.abs(samples) + _BIAS
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    sign = np.where(samples < 0, 0x80, 0)
    return bytes((~(sign | (exponent << 4) | mantissa) & 0xFF).astype(np.uint8))


def decode(payload: bytes) -> Samples:
    """Return PCMU as 48 kHz samples. Each sample is repeated six times, so timing and loudness do not change."""
    code = ~np.frombuffer(payload, np.uint8) & 0xFF
    magnitude = (((code & 0x0F).astype(np.int32) << 3) + _BIAS) << ((code >> 4) & 0x07).astype(np.int32)
    samples = np.where(code & 0x80, _BIAS - magnitude, magnitude - _BIAS).astype(np.int16)
    return np.repeat(samples, _FACTOR)


@cache
def _low_pass() -> npt.NDArray[np.float64]:
    """Return a low-pass filter that keeps the frequencies of a telephone, up to 3.6 kHz."""
    taps = np.arange(-48, 49)
    kernel = np.sinc(taps * 2 * 3600 / (RATE * _FACTOR)) * np.hamming(len(taps))
    normal: npt.NDArray[np.float64] = kernel / kernel.sum()
    return normal
