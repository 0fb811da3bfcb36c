"""An STT for tests: it reads words from the level of the samples."""

import asyncio
from typing import Any

import numpy as np
from livekit import rtc
from livekit.agents import APIConnectOptions, APIStatusError, stt
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS

__all__ = ["RATE", "WORDS", "Levels"]

RATE = 48_000
WORDS = {1000: "I book Tuesday for you.", 2000: "At noon.", 3000: "Goodbye.", 4000: "I am the caller."}


class Levels(stt.STT[str]):
    """Reads words from the level of the samples, 0.5 s after the sound ends.

    The first stream is the session's own. With `breaks`, the second one, which is for the colleague, fails at once.
    """

    def __init__(self, *, breaks: bool = False) -> None:
        super().__init__(capabilities=stt.STTCapabilities(streaming=True, interim_results=True))
        self.breaks, self.streams = breaks, 0

    def stream(self, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS, **_: Any) -> "Reading":
        return Reading(stt=self, conn_options=conn_options)

    async def _recognize_impl(self, *_: Any, **__: Any) -> stt.SpeechEvent:
        raise NotImplementedError


class Reading(stt.RecognizeStream):
    async def _run(self) -> None:
        ears = self._stt
        assert isinstance(ears, Levels)
        ears.streams += 1
        if ears.breaks and ears.streams > 1:
            raise APIStatusError("no credit", status_code=402, retryable=False)
        level = 0
        async for frame in self._input_ch:
            now = _level(frame) if isinstance(frame, rtc.AudioFrame) else 0
            if now and not level:
                self._tell(stt.SpeechEventType.INTERIM_TRANSCRIPT, "I")
            if level and not now:
                await asyncio.sleep(0.5)
                self._tell(stt.SpeechEventType.FINAL_TRANSCRIPT, WORDS[level])
            level = now

    def _tell(self, kind: stt.SpeechEventType, text: str) -> None:
        self._event_ch.send_nowait(stt.SpeechEvent(kind, alternatives=[stt.SpeechData(language="en", text=text)]))


def _level(frame: rtc.AudioFrame) -> int:
    """The level in thousands: a resampler changes single samples."""
    return int(round(float(np.median(np.frombuffer(frame.data, np.int16))), -3))
