"""A VAD for LiveKit that also ends a speech when the caller's words have stopped.

When other people talk near the caller, LiveKit's VAD reports speech without an end. LiveKit then neither ends the turn
nor begins an answer. When the caller's words have stopped, `WordsVad` reports the end of the speech to LiveKit. After
that, `WordsVad` reports no speech until the STT gives new words.
"""

import asyncio
import math
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import numpy as np
from livekit import rtc
from livekit.agents import stt, vad
from livekit.agents.vad import VADEvent, VADEventType

from offhook.models.made import remember_members
from offhook.session.inbound.endpointing import Endpointing

__all__ = ["WordsVad", "with_words"]


def with_words(plain: Any, recogniser: object, endpointing: Endpointing) -> Any:
    """Return a VAD that works like `plain` and also ends a speech when the words stop. If the STT has no interim
    transcripts, return `plain` itself, because such an STT gives no words during a speech.
    """
    interims = isinstance(recogniser, stt.STT) and recogniser.capabilities.interim_results
    if not (interims and isinstance(plain, vad.VAD)):
        return plain
    words = WordsVad(plain, endpointing)
    remember_members(words, [plain])
    return words


class WordsVad(vad.VAD):
    """Passes on the events of the VAD `plain`; ends a speech when `Endpointing` finds that the words have stopped."""

    def __init__(self, plain: vad.VAD, endpointing: Endpointing) -> None:
        super().__init__(capabilities=plain.capabilities)
        self.plain, self._endpointing = plain, endpointing
        plain.on("metrics_collected", lambda metrics: self.emit("metrics_collected", metrics))

    @property
    def model(self) -> str:
        return self.plain.model

    @property
    def provider(self) -> str:
        return self.plain.provider

    @property
    def min_silence_duration(self) -> float | None:
        """The minimum silence of the VAD `plain`, in seconds. LiveKit checks that it is long enough for the turn
        detector.
        """
        return getattr(self.plain, "min_silence_duration", None)

    def stream(self) -> Any:
        return _Stream(self.plain.stream(), self._endpointing)


class _Stream:
    """The event stream of a `WordsVad`. `_muted` is True if the end of a speech was reported early and the plain VAD
    still reports that speech.
    """

    def __init__(self, plain: vad.VADStream, endpointing: Endpointing) -> None:
        self._plain, self._endpointing = plain, endpointing
        self._words = endpointing.words
        self._speaking = self._muted = False

    def __aiter__(self) -> AsyncIterator[VADEvent]:
        return self

    async def __anext__(self) -> VADEvent:
        while True:
            event = self._take(await anext(self._plain), asyncio.get_running_loop().time())
            if event is not None:
                return event

    def push_frame(self, frame: rtc.AudioFrame) -> None:
        self._plain.push_frame(frame)

    def flush(self) -> None:
        self._speaking = self._muted = False
        self._plain.flush()

    def end_input(self) -> None:
        self._plain.end_input()

    async def aclose(self) -> None:
        await self._plain.aclose()

    def _take(self, event: VADEvent, now: float) -> VADEvent | None:
        """Return the event that LiveKit gets in place of this event; None if LiveKit must not get an event."""
        match event.type:
            case VADEventType.START_OF_SPEECH:
                self._speaking, self._muted = True, False
                self._words.begin()
            case VADEventType.END_OF_SPEECH:
                muted, self._speaking, self._muted = self._muted, False, False
                return None if muted else event
            case VADEventType.INFERENCE_DONE if self._speaking:
                return self._in_speech(event, now)
        return event

    def _in_speech(self, event: VADEvent, now: float) -> VADEvent | None:
        for frame in event.frames:
            self._words.hear(_power(frame), frame.duration)
        if self._muted:
            if self._words.last == math.inf:
                return None
            self._muted = False
            return replace(event, type=VADEventType.START_OF_SPEECH, speech_duration=0.0, silence_duration=0.0)
        if not self._endpointing.words_stopped():
            return event
        silence = now - self._words.last
        self._muted = True
        self._words.begin()
        return replace(event, type=VADEventType.END_OF_SPEECH, silence_duration=silence, speaking=False)


def _power(frame: rtc.AudioFrame) -> float:
    """Return the mean square of the samples."""
    pcm = np.frombuffer(frame.data, np.int16).astype(np.float32)
    return float(np.mean(pcm * pcm)) if len(pcm) else 0.0
