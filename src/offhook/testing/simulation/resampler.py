"""Resamples audio; the same input always gives the same samples.

LiveKit's own resampler adds noise (dither of one bit) with a new seed for each stream. Because of this noise,
VAD can detect a word 50 ms earlier or later.
"""

from typing import Any

import av
import numpy as np
from livekit import rtc

__all__ = ["Resampler"]

_LAYOUTS = {1: "mono", 2: "stereo"}


class Resampler:
    """Replaces `rtc.AudioResampler`; uses FFmpeg's resampler."""

    def __init__(
        self,
        input_rate: int,
        output_rate: int,
        *,
        num_channels: int = 1,
        quality: Any = None,  # noqa: ARG002  # LiveKit's signature; this resampler has one quality
    ) -> None:
        self._from, self._to, self._channels = input_rate, output_rate, num_channels
        self._layout = _LAYOUTS[num_channels]
        self._inner = self._new_resampler()

    def _new_resampler(self) -> av.AudioResampler:
        return av.AudioResampler(format="s16", layout=self._layout, rate=self._to)

    def push(self, data: bytearray | rtc.AudioFrame) -> list[rtc.AudioFrame]:
        samples = np.frombuffer(data.data if isinstance(data, rtc.AudioFrame) else data, np.int16)
        if not samples.size:
            return []
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout=self._layout)
        frame.sample_rate = self._from
        return self._frames(self._inner.resample(frame))

    def flush(self) -> list[rtc.AudioFrame]:
        frames = self._frames(self._inner.resample(None))
        self._inner = self._new_resampler()
        return frames

    def _frames(self, frames: list[av.AudioFrame]) -> list[rtc.AudioFrame]:
        chunks = (frame.to_ndarray().tobytes() for frame in frames if frame.samples)
        return [rtc.AudioFrame(pcm, self._to, self._channels, len(pcm) // 2 // self._channels) for pcm in chunks]
