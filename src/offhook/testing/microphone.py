"""The caller's microphone: silence always, lines when asked, at the pace of the audio source."""

import asyncio
import time
from collections import deque
from dataclasses import dataclass

import numpy as np
from livekit import rtc

from offhook.testing.speech import RATE, Samples, voiced

__all__ = ["Microphone", "Said"]

FRAME = RATE // 50
"""20 ms: what one Opus packet carries."""

QUEUE_MS = 40
"""What the source holds: two frames, so that a late event loop is not heard as a gap."""


@dataclass(frozen=True, slots=True)
class Said:
    """When the first and the last audible sample of a line left the caller."""

    started_at: float
    ended_at: float


@dataclass(slots=True)
class _Line:
    pcm: Samples
    done: asyncio.Future[Said]
    position: int = 0
    began_at: float = 0.0

    def said(self) -> Said:
        first, last = voiced(self.pcm)
        return Said(self.began_at + first / RATE, self.began_at + (last + 1) / RATE)


class Microphone:
    """A track that never stalls; `lines` keeps what was said, with the time of each first sample."""

    def __init__(self) -> None:
        self.lines: list[tuple[float, Samples]] = []
        self._source = rtc.AudioSource(RATE, 1, queue_size_ms=QUEUE_MS)
        self.track = rtc.LocalAudioTrack.create_audio_track("microphone", self._source)
        self._waiting: deque[_Line] = deque()
        self._task: asyncio.Task[None] | None = None
        self._closing = False
        self._flowing = asyncio.Event()
        self._flowing.set()

    def start(self) -> None:
        self._task = asyncio.create_task(self._feed(), name="microphone")

    async def say(self, pcm: Samples) -> Said:
        """Speak after what is being said already; returns when the last audible sample has left."""
        voiced(pcm)
        line = _Line(pcm, asyncio.get_running_loop().create_future())
        self._waiting.append(line)
        return await line.done

    def freeze(self) -> None:
        """Hand over no frame more, also of what is being said."""
        self._flowing.clear()

    def thaw(self) -> None:
        """Go on where it was frozen."""
        self._flowing.set()

    async def close(self) -> None:
        """Stop after the frame that is being handed over: the source must not be closed under it."""
        self._closing = True
        self._flowing.set()
        if self._task is not None:
            await self._task
        for line in self._waiting:
            line.done.cancel()
        await self._source.aclose()

    async def _feed(self) -> None:
        silence = np.zeros(FRAME, np.int16)
        while True:
            await self._flowing.wait()
            if self._closing:
                return
            frame = self._next() if self._waiting else silence
            await self._source.capture_frame(rtc.AudioFrame(frame.tobytes(), RATE, 1, len(frame)))

    def _next(self) -> Samples:
        """The next 20 ms of the line; a line is over once its last frame has had the time to leave."""
        line = self._waiting[0]
        if line.position == 0:
            line.began_at = time.monotonic() + self._source.queued_duration
            self.lines.append((line.began_at, line.pcm))
        frame = line.pcm[line.position : line.position + FRAME]
        line.position += FRAME
        if line.position >= len(line.pcm) + QUEUE_MS * RATE // 1000 + FRAME:
            self._waiting.popleft()
            if not line.done.done():  # whoever spoke may have been cancelled; the words are out all the same
                line.done.set_result(line.said())
        return np.pad(frame, (0, FRAME - len(frame)))
