"""Replaces LiveKit's native audio source: the agent's audio plays at the pace of the event loop's clock."""

import asyncio
from collections.abc import Callable, Iterator

import numpy as np
from livekit import rtc

__all__ = ["PAUSE", "AudioSource", "Listener"]

Listener = Callable[[float, float], None]
"""A function that gets each piece of audible audio: its start, and its length in seconds.

A length of 0 means that the queue was cleared.
"""
PAUSE = 0.05
"""A silence of up to this many seconds does not end a sound."""
_AUDIBLE = 32768 * 10 ** (-50 / 20)


class AudioSource:
    """Replaces `rtc.AudioSource`: a queue that plays at the pace of the event loop's clock."""

    def __init__(
        self,
        sample_rate: int,
        num_channels: int,
        queue_size_ms: int = 1000,
        loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self.sample_rate, self.num_channels = sample_rate, num_channels
        self._loop = loop or asyncio.get_running_loop()
        self._capacity = queue_size_ms / 1000
        self._ends = 0.0
        self._closed = False
        self.listener: Listener | None = None
        self._cleared: asyncio.Future[None] = self._loop.create_future()

    @property
    def queued_duration(self) -> float:
        return max(self._ends - self._loop.time(), 0.0)

    def clear_queue(self) -> None:
        """Drop all audio that was not played yet."""
        self._ends = self._loop.time()
        if self.listener is not None:
            self.listener(self._ends, 0.0)
        self._cleared.set_result(None)
        self._cleared = self._loop.create_future()

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        """Queue a frame; returns when there is room for the next frame."""
        if self._closed or frame.samples_per_channel == 0:
            return
        began = max(self._ends, self._loop.time())
        seconds = frame.samples_per_channel / self.sample_rate
        self._ends = began + seconds
        if self.listener is not None:
            for first, end in _audible(frame):
                self.listener(began + first / self.sample_rate, (end - first) / self.sample_rate)
        if self.queued_duration > self._capacity:
            await self._until(self.queued_duration - self._capacity / 2)

    async def wait_for_playout(self) -> None:
        while self.queued_duration > 0:
            await self._until(self.queued_duration)

    async def _until(self, seconds: float) -> None:
        await asyncio.wait([self._cleared], timeout=seconds)

    async def aclose(self) -> None:
        self._closed = True


def _audible(frame: rtc.AudioFrame) -> Iterator[tuple[int, int]]:
    """Yield the first sample of each sound in the frame, and the first sample after the sound. The result must not
    depend on how the audio is split into frames, because LiveKit splits the same audio in different ways.
    """
    samples = np.frombuffer(frame.data, np.int16)[:: frame.num_channels]
    loud = np.flatnonzero((samples >= _AUDIBLE) | (samples <= -_AUDIBLE))
    if not loud.size:
        return
    pauses = np.flatnonzero(np.diff(loud) > PAUSE * frame.sample_rate)
    firsts, lasts = loud[[0, *pauses + 1]], loud[[*pauses, -1]]
    yield from zip(firsts.tolist(), (lasts + 1).tolist(), strict=True)
