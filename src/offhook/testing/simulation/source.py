"""What the agent plays, at the pace of the loop's clock: in place of LiveKit's native audio source."""

import asyncio
from collections.abc import Callable

import numpy as np
from livekit import rtc

__all__ = ["AudioSource", "Listener"]

Listener = Callable[[float, float, bool], None]
"""Is told of each stretch of audio: when it begins, how long it is, whether it can be heard."""
_AUDIBLE = 32768 * 10 ** (-50 / 20)


class AudioSource:
    """In place of `rtc.AudioSource`: a queue that plays at the pace of the loop's clock."""

    def __init__(
        self,
        sample_rate: int,
        num_channels: int,
        queue_size_ms: int = 1000,
        loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self.sample_rate, self.num_channels = sample_rate, num_channels
        self._loop = loop or asyncio.get_running_loop()
        self._room = queue_size_ms / 1000
        self._ends = 0.0
        self._closed = False
        self.listener: Listener | None = None
        self._cleared: asyncio.Future[None] = self._loop.create_future()

    @property
    def queued_duration(self) -> float:
        return max(self._ends - self._loop.time(), 0.0)

    def clear_queue(self) -> None:
        """Drop what was not played."""
        self._ends = self._loop.time()
        if self.listener is not None:
            self.listener(self._ends, 0.0, False)
        self._cleared.set_result(None)
        self._cleared = self._loop.create_future()

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        """Queue a frame; returns when there is room for the next one."""
        if self._closed or frame.samples_per_channel == 0:
            return
        began = max(self._ends, self._loop.time())
        seconds = frame.samples_per_channel / self.sample_rate
        self._ends = began + seconds
        if self.listener is not None:
            self.listener(began, seconds, _audible(frame))
        if self.queued_duration > self._room:
            await self._until(self.queued_duration - self._room / 2)

    async def wait_for_playout(self) -> None:
        while self.queued_duration > 0:
            await self._until(self.queued_duration)

    async def _until(self, seconds: float) -> None:
        await asyncio.wait([self._cleared], timeout=seconds)

    async def aclose(self) -> None:
        self._closed = True


def _audible(frame: rtc.AudioFrame) -> bool:
    if abs(frame.data[len(frame.data) // 2]) >= _AUDIBLE:  # one is enough
        return True
    samples = np.frombuffer(frame.data, np.int16)[::8]
    return bool(samples.max() >= _AUDIBLE or samples.min() <= -_AUDIBLE)
