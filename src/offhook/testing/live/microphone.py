"""The caller's microphone: a continuous audio track, with silence between the spoken lines."""

import asyncio
import time
from collections import deque
from dataclasses import dataclass

import numpy as np
from livekit import rtc

from offhook.testing.speech import RATE, Samples, voiced

__all__ = ["Microphone", "SpokenLine"]

FRAME = RATE // 50
"""Samples in 20 ms, the length of one Opus packet."""

QUEUE_MS = 40
"""The audio source buffers this many milliseconds (two frames), so that a late event loop causes no audible gap."""


@dataclass(frozen=True, slots=True)
class SpokenLine:
    """The times at which the caller sent the first and the last audible sample of a line."""

    started_at: float
    ended_at: float


@dataclass(slots=True)
class _Line:
    pcm: Samples
    done: asyncio.Future[SpokenLine]
    position: int = 0
    began_at: float = 0.0

    def spoken(self) -> SpokenLine:
        first, last = voiced(self.pcm)
        return SpokenLine(self.began_at + first / RATE, self.began_at + (last + 1) / RATE)


class Microphone:
    """A track that always sends frames, except while it is frozen.

    `lines` has the spoken lines, each with the time of its first sample.
    """

    def __init__(self) -> None:
        self.lines: list[tuple[float, Samples]] = []
        self._source = rtc.AudioSource(RATE, 1, queue_size_ms=QUEUE_MS)
        self.track = rtc.LocalAudioTrack.create_audio_track("microphone", self._source)
        self._waiting: deque[_Line] = deque()
        self._task: asyncio.Task[None] | None = None
        self._closing = False
        self._sending = asyncio.Event()
        self._sending.set()

    def start(self) -> None:
        self._task = asyncio.create_task(self._feed(), name="microphone")

    async def say(self, pcm: Samples) -> SpokenLine:
        """Queue a line after all queued lines; wait until all of the new line is sent."""
        voiced(pcm)
        line = _Line(pcm, asyncio.get_running_loop().create_future())
        self._waiting.append(line)
        return await line.done

    def freeze(self) -> None:
        """Stop sending frames, even in the middle of a line."""
        self._sending.clear()

    def thaw(self) -> None:
        """Continue from the position where `freeze` stopped."""
        self._sending.set()

    async def close(self) -> None:
        """Stop after the current frame, because the audio source must not be closed while it takes a frame."""
        self._closing = True
        self._sending.set()
        if self._task is not None:
            await self._task
        for line in self._waiting:
            line.done.cancel()
        await self._source.aclose()

    async def _feed(self) -> None:
        silence = np.zeros(FRAME, np.int16)
        while True:
            await self._sending.wait()
            if self._closing:
                return
            frame = self._next() if self._waiting else silence
            await self._source.capture_frame(rtc.AudioFrame(frame.tobytes(), RATE, 1, len(frame)))

    def _next(self) -> Samples:
        """Return the next 20 ms of the line. A line is done when its last frame has left the buffer."""
        line = self._waiting[0]
        if line.position == 0:
            line.began_at = time.monotonic() + self._source.queued_duration
            self.lines.append((line.began_at, line.pcm))
        frame = line.pcm[line.position : line.position + FRAME]
        line.position += FRAME
        if line.position >= len(line.pcm) + QUEUE_MS * RATE // 1000 + FRAME:
            self._waiting.popleft()
            if not line.done.done():  # cancelled if the task that called `say` was cancelled
                line.done.set_result(line.spoken())
        return np.pad(frame, (0, FRAME - len(frame)))
