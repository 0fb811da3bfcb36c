"""What the measured agents say, as sound without a silent edge, and how much of a goodbye was heard.

The goodbye ends in a rising tone: its pitch tells the position, so that a concealed packet (the same pitch again) does
not pass for the end of the line, and a stretched jitter buffer does not pass for a loss.
"""

import numpy as np

from offhook.testing.speech import RATE, Samples, first_loud, load, voiced

__all__ = ["ANSWER", "CLIP_RATE", "GOODBYE", "GREETING", "PROMPT", "clip", "goodbye_seconds", "lost_ms"]

GREETING = "Good morning"
ANSWER = "It is noon"
PROMPT = "Are you still there"
GOODBYE = "Thank you and goodbye"

CLIP_RATE = 24_000
"""What LiveKit's room output carries by default, so that nothing is resampled on the way out."""

_SPOKEN = {GREETING: "hello", ANSWER: "hello", PROMPT: "hello", GOODBYE: "goodbye"}
_LOW, _HIGH, _SWEEP = 600.0, 3000.0, 0.5
_LOUD = 9000
_FADE = 0.002
_LOOK = 0.012
"""Seconds at the very end of the heard sound whose pitch is read."""
FRAME_MS = 10.0
"""One WebRTC frame: a loss that is not longer cannot be told from the codec's own edge."""


def clip(text: str) -> Samples:
    """The sound of one of the four lines, at 24 kHz; any other text sounds like the answer."""
    return _CLIPS.get(text.rstrip(".!? "), _CLIPS[ANSWER])


def goodbye_seconds() -> float:
    return len(clip(GOODBYE)) / CLIP_RATE


def lost_ms(heard: Samples) -> float:
    """Milliseconds of the goodbye that are missing at the end of what was heard (48 kHz); up to a frame counts as 0."""
    first, tail = first_loud(heard), first_loud(heard[::-1])
    if first is None or tail is None:
        return goodbye_seconds() * 1000
    end = len(heard) - tail
    if (end - first) / RATE <= goodbye_seconds() - _SWEEP + _LOOK:  # it ends in the words, which have no pitch to read
        return round((goodbye_seconds() - (end - first) / RATE) * 1000, 1)
    pitch = _pitch(heard[end - int(_LOOK * RATE) : end])
    at = (pitch - _LOW) / (_HIGH - _LOW) * _SWEEP + _LOOK / 2  # the pitch is that of the window's middle
    lost = min(_SWEEP - at, _SWEEP) * 1000
    return 0.0 if lost <= FRAME_MS else round(lost, 1)


def _sweep() -> Samples:
    at = np.arange(int(_SWEEP * CLIP_RATE)) / CLIP_RATE
    phase = 2 * np.pi * (_LOW * at + (_HIGH - _LOW) / (2 * _SWEEP) * at**2)
    fade = np.minimum(1.0, (_SWEEP - at) / _FADE)
    return (np.sin(phase) * fade * _LOUD).astype(np.int16)


def _pitch(window: Samples) -> float:
    """The strongest frequency of a short window."""
    size = 16 * RATE // 100
    power = np.abs(np.fft.rfft(window * np.hanning(len(window)), size))
    return float(np.argmax(power)) * RATE / size


def _rendered(text: str) -> Samples:
    spoken = load(_SPOKEN[text])
    first, last = voiced(spoken)
    sound = spoken[first : last + 1 : RATE // CLIP_RATE]
    return np.concatenate((sound, _sweep())) if text == GOODBYE else sound


_CLIPS = {text: _rendered(text) for text in _SPOKEN}
"""Decoded when a process starts: it must not cost the first answer of a call."""
