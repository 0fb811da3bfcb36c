"""Render the speech files that ship: `python -m offhook.testing.make_speech` (needs Debian's libflite1)."""

import ctypes
import math
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from offhook.testing.speech import Samples, SpeechError, slug

__all__ = ["LINES", "main"]

LINES = (
    "hello",
    "what are your opening hours",
    "i would like to book a table for two people",
    "please answer more formally",
    "please start over",
    "what time is it",
    "yes i am still here",
    "wait one more thing",
    "goodbye",
    "thank you goodbye",
    "can you repeat that please",
)

MONOLOGUE = (
    "I have been a guest of yours for many years, and I like the quiet rooms above the garden. "
    "This summer I would like to bring my two sisters, and we would stay from Monday until Friday. "
    "We would need three rooms."
)

RATE = 16_000
BIT_RATE = 24_000
_FRAME = RATE // 50


class _Wave(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_char_p),
        ("sample_rate", ctypes.c_int),
        ("num_samples", ctypes.c_int),
        ("num_channels", ctypes.c_int),
        ("samples", ctypes.POINTER(ctypes.c_short)),
    )


class Flite:
    """Debian's flite with the voice rms, which recognisers understand best."""

    def __init__(self) -> None:
        try:
            self._core = ctypes.CDLL("libflite.so.1", mode=ctypes.RTLD_GLOBAL)
            for language in ("usenglish", "cmulex"):
                ctypes.CDLL(f"libflite_{language}.so.1", mode=ctypes.RTLD_GLOBAL)
            voice = ctypes.CDLL("libflite_cmu_us_rms.so.1")
        except OSError as error:
            raise SpeechError(f"{error}: install it with: apt-get install libflite1") from error
        self._core.flite_init()
        self._core.flite_text_to_wave.restype = ctypes.POINTER(_Wave)
        self._core.flite_text_to_wave.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
        voice.register_cmu_us_rms.restype = ctypes.c_void_p
        voice.register_cmu_us_rms.argtypes = [ctypes.c_char_p]
        self._voice = voice.register_cmu_us_rms(None)

    def render(self, text: str) -> Samples:
        wave = self._core.flite_text_to_wave(text.encode(), self._voice)
        told = wave.contents
        if told.sample_rate != RATE:
            raise SpeechError(f"flite speaks at {told.sample_rate} Hz, not {RATE}; use the voice rms of libflite1")
        pcm = np.ctypeslib.as_array(told.samples, (told.num_samples,)).astype(np.int16)
        self._core.delete_wave(wave)
        return pcm


def hiss() -> Samples:
    """A second of even noise, such as a bad line makes; no word in it."""
    noise = np.random.default_rng(1).normal(0, 1200, RATE)
    return np.clip(noise, -32768, 32767).astype(np.int16)


def cough() -> Samples:
    """A quarter of a second of noise that starts hard and dies away."""
    count = RATE // 4
    fading = np.exp(-np.arange(count) / (RATE * 0.05))
    noise = np.random.default_rng(2).normal(0, 9000, count) * fading
    return np.clip(noise, -32768, 32767).astype(np.int16)


def encode(pcm: Samples, path: Path) -> None:
    """Write Ogg/Opus, 16 kHz mono."""
    whole = np.pad(pcm, (0, math.ceil(len(pcm) / _FRAME) * _FRAME - len(pcm)))
    with av.open(str(path), "w", format="ogg", options={"serial_offset": "1", "fflags": "+bitexact"}) as container:
        stream = container.add_stream("libopus", rate=RATE, layout="mono", options={"application": "voip"})
        stream.bit_rate = BIT_RATE
        for start in range(0, len(whole), _FRAME):
            frame = av.AudioFrame.from_ndarray(whole[None, start : start + _FRAME], format="s16", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def main() -> None:
    """Render every line into the folder of the speech files."""
    folder = Path(__file__).parent / "speech"
    flite = Flite()
    for text in LINES:
        encode(flite.render(text), folder / f"{slug(text)}.ogg")
    encode(flite.render(MONOLOGUE), folder / "monologue.ogg")
    encode(hiss(), folder / "hiss.ogg")
    encode(cough(), folder / "cough.ogg")


if __name__ == "__main__":
    main()
