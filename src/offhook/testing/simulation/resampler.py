"""Another sample rate for sound, the same samples each time: LiveKit's own resampler adds noise that differs each time.

Its noise (dither, of one bit) is seeded anew for each stream. That is enough for a voice detector to hear a word 50 ms
earlier or later.
"""

from typing import Any

import av
import numpy as np
from livekit import rtc

__all__ = ["Resampler"]

_LAYOUTS = {1: "mono", 2: "stereo"}


class Resampler:
    """In place of `rtc.AudioResampler`, by the resampler of FFmpeg."""

    def __init__(
        self,
        input_rate: int,
        output_rate: int,
        *,
        num_channels: int = 1,
        quality: Any = None,  # noqa: ARG002  # LiveKit's signature; there is one quality
    ) -> None:
        self._from, self._to, self._channels = input_rate, output_rate, num_channels
        self._layout = _LAYOUTS[num_channels]
        self._inner = self._fresh()

    def _fresh(self) -> av.AudioResampler:
        return av.AudioResampler(format="s16", layout=self._layout, rate=self._to)

    def push(self, data: bytearray | rtc.AudioFrame) -> list[rtc.AudioFrame]:
        samples = np.frombuffer(data.data if isinstance(data, rtc.AudioFrame) else data, np.int16)
        if not samples.size:
            return []
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout=self._layout)
        frame.sample_rate = self._from
        return self._made(self._inner.resample(frame))

    def flush(self) -> list[rtc.AudioFrame]:
        frames = self._made(self._inner.resample(None))
        self._inner = self._fresh()
        return frames

    def _made(self, frames: list[av.AudioFrame]) -> list[rtc.AudioFrame]:
        made = (frame.to_ndarray().tobytes() for frame in frames if frame.samples)
        return [rtc.AudioFrame(pcm, self._to, self._channels, len(pcm) // 2 // self._channels) for pcm in made]
