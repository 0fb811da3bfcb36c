"""The agents' spoken lines as audio without silence at the start and the end. Also measures how much is missing at the
end of a received goodbye.

The goodbye ends in a rising tone, so the last pitch shows how much of the goodbye arrived. The receiver conceals a lost
packet with audio of an earlier pitch, so this audio does not count as the end of the goodbye. Audio that the jitter
buffer stretches does not count as a loss.
"""

import numpy as np

from offhook.testing.speech import RATE, Samples, first_loud, load, voiced

__all__ = [
    "ANSWER",
    "CLIP_RATE",
    "GOODBYE",
    "GREETING",
    "PROMPT",
    "TONE_GREETING",
    "clip",
    "goodbye_seconds",
    "lost_ms",
]

GREETING = "Good morning"
TONE_GREETING = "Good morning on the phone"
"""The audio of this line begins with a falling tone, so that a missing start can be measured."""
ANSWER = "It is noon"
PROMPT = "Are you still there"
GOODBYE = "Thank you and goodbye"

CLIP_RATE = 24_000
"""The default sample rate of LiveKit's room output, so LiveKit does not resample the clips."""

_SPOKEN = {GREETING: "hello", TONE_GREETING: "hello", ANSWER: "hello", PROMPT: "hello", GOODBYE: "goodbye"}
_LOW, _HIGH, _SWEEP = 600.0, 3000.0, 0.5
_LOUD = 9000
_FADE = 0.002
_WINDOW = 0.012
"""Seconds at the end of the received audio in which the pitch is measured."""
FRAME_MS = 10.0
"""The length of a WebRTC frame. A loss of up to one frame cannot be distinguished from the codec's effect on the end of
the audio.
"""


def clip(text: str) -> Samples:
    """Return the audio of one of the spoken lines, at 24 kHz. For any other text, return the audio of the answer."""
    return _CLIPS.get(text.rstrip(".!? "), _CLIPS[ANSWER])


def goodbye_seconds() -> float:
    return len(clip(GOODBYE)) / CLIP_RATE


def lost_ms(heard: Samples) -> float:
    """Return the milliseconds missing at the end of the received goodbye (48 kHz). Up to one frame counts as 0."""
    first, tail = first_loud(heard), first_loud(heard[::-1])
    if first is None or tail is None:
        return goodbye_seconds() * 1000
    end = len(heard) - tail
    if (end - first) / RATE <= goodbye_seconds() - _SWEEP + _WINDOW:  # too little tone for a pitch
        return round((goodbye_seconds() - (end - first) / RATE) * 1000, 1)
    pitch = _pitch(heard[end - int(_WINDOW * RATE) : end])
    at = (pitch - _LOW) / (_HIGH - _LOW) * _SWEEP + _WINDOW / 2  # the window's middle has this pitch
    lost = min(_SWEEP - at, _SWEEP) * 1000
    return 0.0 if lost <= FRAME_MS else round(lost, 1)


def _sweep() -> Samples:
    at = np.arange(int(_SWEEP * CLIP_RATE)) / CLIP_RATE
    phase = 2 * np.pi * (_LOW * at + (_HIGH - _LOW) / (2 * _SWEEP) * at**2)
    fade = np.minimum(1.0, (_SWEEP - at) / _FADE)
    return (np.sin(phase) * fade * _LOUD).astype(np.int16)


def _pitch(window: Samples) -> float:
    """Return the strongest frequency of a short window, in Hz."""
    size = 16 * RATE // 100
    power = np.abs(np.fft.rfft(window * np.hanning(len(window)), size))
    return float(np.argmax(power)) * RATE / size


def _rendered(text: str) -> Samples:
    spoken = load(_SPOKEN[text])
    first, last = voiced(spoken)
    sound = spoken[first : last + 1 : RATE // CLIP_RATE]
    if text == TONE_GREETING:
        return np.concatenate((_sweep()[::-1], sound))
    return np.concatenate((sound, _sweep())) if text == GOODBYE else sound


_CLIPS = {text: _rendered(text) for text in _SPOKEN}
"""The clips are decoded at import, so that the first answer of a call is not delayed."""
