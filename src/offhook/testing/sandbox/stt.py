"""The input side of the emulated STT: detects utterances by energy and gets their words from an STT model."""

from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from offhook.testing.sandbox.sound import HEARING_RATE, Resampler

__all__ = ["Began", "Ended", "Hearing", "Interim", "Oracle", "SpeechResult", "SttModel", "whole_of"]

WINDOW = HEARING_RATE // 50
THRESHOLD = 32768 * 10 ** (-42 / 20)
OPENS_AFTER = 3  # this many loud windows of 20 ms start an utterance; a shorter sound is a click
LEAD_IN = 12  # this many windows before the detection also go to the STT, so that the first consonant is included
INTERIM_EVERY = 12


class SpeechResult(Protocol):
    """The recognition of one utterance from 16 kHz samples. `done` is always called last, even after an error."""

    async def hear(self, pcm: bytes) -> None: ...

    async def so_far(self) -> str: ...

    async def whole(self) -> str: ...

    def done(self) -> None: ...


class SttModel(Protocol):
    """Recognises the words of utterances."""

    async def begin(self) -> SpeechResult: ...


class Oracle:
    """Returns the next expected line as the transcript of an utterance; after the last line, transcripts are empty."""

    def __init__(self, *lines: str) -> None:
        self._lines = deque(lines)

    def expect(self, *lines: str) -> None:
        self._lines.extend(lines)

    @property
    def left(self) -> tuple[str, ...]:
        """The expected lines not used yet."""
        return tuple(self._lines)

    async def begin(self) -> SpeechResult:
        return _ExpectedLine(self._lines.popleft() if self._lines else "")


class _ExpectedLine:
    WORDS_PER_SECOND = 3

    def __init__(self, line: str) -> None:
        self._line, self._seconds = line, 0.0

    async def hear(self, pcm: bytes) -> None:
        self._seconds += len(pcm) / 2 / HEARING_RATE

    async def so_far(self) -> str:
        words = self._line.split()
        return " ".join(words[: min(int(self._seconds * self.WORDS_PER_SECOND), len(words) - 1)]) if words else ""

    async def whole(self) -> str:
        return self._line

    def done(self) -> None:
        return


@dataclass(frozen=True, slots=True)
class Began:
    """Speech started at this second of the audio."""

    at: float


@dataclass(frozen=True, slots=True)
class Interim:
    """The interim transcript of an utterance."""

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Ended:
    """A finished utterance with its transcript; `end` is the end of its last sound, without the silence after it."""

    text: str
    start: float
    end: float


class Hearing:
    """Detects the utterances of one connection; `silence` seconds without sound end an utterance.

    Times are positions in the received audio, not times of a clock.
    """

    def __init__(self, stt: SttModel, *, rate: int, silence: float = 0.3) -> None:
        self.silence = silence
        self.heard = 0.0
        self._stt, self._resampler = stt, Resampler(rate)
        self._rest, self._before = b"", deque[bytes](maxlen=LEAD_IN)
        self._speech: SpeechResult | None = None
        self._loud = self._windows = 0
        self._start = self._last = 0.0

    @property
    def speaking(self) -> bool:
        return self._speech is not None

    async def hear(self, pcm: bytes) -> AsyncIterator[Began | Interim | Ended]:
        """Add audio; yields the events found in it."""
        sound = self._rest + self._resampler.push(pcm)
        whole = len(sound) // (2 * WINDOW) * 2 * WINDOW
        self._rest = sound[whole:]
        for offset in range(0, whole, 2 * WINDOW):
            async for event in self._window(sound[offset : offset + 2 * WINDOW]):
                yield event

    async def finish(self) -> Ended | None:
        """End the current utterance, if any, and return it."""
        if self._speech is None:
            return None
        speech, self._speech = self._speech, None
        try:
            return Ended(await speech.whole(), self._start, self._last)
        finally:
            speech.done()
            self._loud = 0

    def close(self) -> None:
        """Drop the current utterance, if any."""
        if self._speech is not None:
            self._speech.done()
            self._speech = None

    async def _window(self, pcm: bytes) -> AsyncIterator[Began | Interim | Ended]:
        self.heard += WINDOW / HEARING_RATE
        samples = np.frombuffer(pcm, np.int16).astype(np.float64)
        loud = bool(np.sqrt(np.mean(samples**2)) > THRESHOLD)
        self._loud = self._loud + 1 if loud else 0
        if loud:
            self._last = self.heard
        if self._speech is None:
            self._before.append(pcm)
            if self._loud >= OPENS_AFTER:
                yield await self._open()
            return
        await self._speech.hear(pcm)
        self._windows += 1
        if self.heard - self._last >= self.silence - 1e-6:
            if ended := await self.finish():
                yield ended
        elif self._windows % INTERIM_EVERY == 0 and (text := await self._speech.so_far()):
            yield Interim(text, self._start, self.heard)

    async def _open(self) -> Began:
        self._speech = await self._stt.begin()
        self._start = self.heard - OPENS_AFTER * WINDOW / HEARING_RATE
        self._windows = 0
        await self._speech.hear(b"".join(self._before))
        self._before.clear()
        return Began(self._start)


async def whole_of(stt: SttModel, pcm: bytes) -> str:
    """Return the transcript of a recording with one utterance."""
    speech = await stt.begin()
    try:
        await speech.hear(pcm)
        return await speech.whole()
    finally:
        speech.done()
