"""Examines the agent's audio at a pause: where the word starts, and whether the rest of the audio can be heard."""

from collections.abc import Sequence

import numpy as np
from livekit import rtc

__all__ = ["rest_of", "seconds_of", "silent", "word_start"]

LOOK_BACK = 0.6
"""Seconds of audio before the pause, in which `word_start` searches for the start of the word. Most words are shorter
than this.
"""
_WINDOW = 0.02
_GAP = 0.15
"""Audio is a gap between words if its level is at most this share of the loudest level in the searched audio."""
_AUDIBLE = 100
"""Audio with a sample above this value can be heard (16-bit samples; the value is about -50 dB)."""


def seconds_of(frames: Sequence[rtc.AudioFrame]) -> float:
    """Return the length of the frames in seconds."""
    return sum(frame.duration for frame in frames)


def rest_of(frames: Sequence[rtc.AudioFrame], begin: float) -> list[rtc.AudioFrame]:
    """Return the audio after the first `begin` seconds. Only a frame that must be cut is copied."""
    rest = list[rtc.AudioFrame]()
    for frame in frames:
        if begin < frame.duration:
            rest.append(frame if begin <= 0 else _tail(frame, round(begin * frame.sample_rate)))
        begin -= frame.duration
    return [frame for frame in rest if frame.samples_per_channel]


def silent(frames: Sequence[rtc.AudioFrame], begin: float) -> bool:
    """True if nothing can be heard in the audio after the first `begin` seconds."""
    rest = rest_of(frames, begin)
    return not any(np.abs(np.frombuffer(frame.data, np.int16).astype(np.int32)).max() > _AUDIBLE for frame in rest)


def word_start(frames: Sequence[rtc.AudioFrame], at: float) -> float:
    """Return the time, in seconds, at which the word at the time `at` starts: the end of the gap before this word.

    If the `LOOK_BACK` seconds before `at` have no gap, return `at`. If the audio before `at` is shorter than
    `LOOK_BACK` and has no gap, return 0.
    """
    first = max(0.0, at - LOOK_BACK)
    part = rest_of(frames, first)
    if not part or at <= 0:
        return max(at, 0.0)
    rate, channels = part[0].sample_rate, part[0].num_channels
    samples = np.concatenate([np.frombuffer(frame.data, np.int16) for frame in part])[::channels]
    size = int(_WINDOW * rate)
    windows = samples[: int((at - first) * rate) // size * size].reshape(-1, size).astype(np.float64)
    if not len(windows):
        return at
    loudness = np.sqrt(np.mean(windows**2, axis=1))
    quiet = np.flatnonzero(loudness <= _GAP * loudness.max())
    if len(quiet):
        return first + float(quiet[-1] + 1) * size / rate
    return at if first > 0 else 0.0


def _tail(frame: rtc.AudioFrame, skipped: int) -> rtc.AudioFrame:
    data = np.frombuffer(frame.data, np.int16)[skipped * frame.num_channels :]
    return rtc.AudioFrame(data.tobytes(), frame.sample_rate, frame.num_channels, len(data) // frame.num_channels)
