"""Renders the speech files that offhook ships.

Run it with `python -m offhook.testing.make_speech`, which needs Debian's package libflite1.
"""

import math
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from offhook.models.offline.flite import Flite
from offhook.testing.speech import Samples, slug

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

VOICE = "rms"
"""The Flite voice that speech recognisers transcribe best."""

RATE = Flite.rate
BIT_RATE = 24_000
_FRAME = RATE // 50


def spoken(voice: Flite, text: str) -> Samples:
    """Return the text as speech samples, at `RATE`."""
    return np.frombuffer(voice.speak(text), np.int16)


def hiss() -> Samples:
    """Return one second of steady noise without words, as on a bad connection."""
    noise = np.random.default_rng(1).normal(0, 1200, RATE)
    return np.clip(noise, -32768, 32767).astype(np.int16)


def cough() -> Samples:
    """Return a quarter of a second of noise with a loud start and a decaying end."""
    count = RATE // 4
    fading = np.exp(-np.arange(count) / (RATE * 0.05))
    noise = np.random.default_rng(2).normal(0, 9000, count) * fading
    return np.clip(noise, -32768, 32767).astype(np.int16)


def encode(pcm: Samples, path: Path) -> None:
    """Write the samples as Ogg/Opus, 16 kHz mono."""
    padded = np.pad(pcm, (0, math.ceil(len(pcm) / _FRAME) * _FRAME - len(pcm)))
    with av.open(str(path), "w", format="ogg", options={"serial_offset": "1", "fflags": "+bitexact"}) as container:
        stream = container.add_stream("libopus", rate=RATE, layout="mono", options={"application": "voip"})
        stream.bit_rate = BIT_RATE
        for start in range(0, len(padded), _FRAME):
            frame = av.AudioFrame.from_ndarray(padded[None, start : start + _FRAME], format="s16", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def main() -> None:
    """Render all lines and noises into the speech folder."""
    folder = Path(__file__).parent / "speech"
    flite = Flite(VOICE)
    for text in LINES:
        encode(spoken(flite, text), folder / f"{slug(text)}.ogg")
    encode(spoken(flite, MONOLOGUE), folder / "monologue.ogg")
    encode(hiss(), folder / "hiss.ogg")
    encode(cough(), folder / "cough.ogg")


if __name__ == "__main__":
    main()
