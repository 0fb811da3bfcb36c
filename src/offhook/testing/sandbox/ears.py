"""What the emulated recognisers hear: where speech begins and ends by its energy, and which words it is."""

from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from offhook.testing.sandbox.sound import HEARING_RATE, Resampler

__all__ = ["Began", "Ears", "Ended", "Hearing", "Oracle", "Partly", "Understanding", "whole_of"]

WINDOW = HEARING_RATE // 50
THRESHOLD = 32768 * 10 ** (-42 / 20)
OPENS_AFTER = 3  # windows of 20 ms: shorter is a click
LEAD_IN = 12  # windows kept from before that, so that the first consonant is there
INTERIM_EVERY = 12


class Understanding(Protocol):
    """One utterance while it is heard, 16 kHz samples at a time. `done` comes last, whatever happened before."""

    async def hear(self, pcm: bytes) -> None: ...

    async def so_far(self) -> str: ...

    async def whole(self) -> str: ...

    def done(self) -> None: ...


class Ears(Protocol):
    """Knows the words of what is heard."""

    async def begin(self) -> Understanding: ...


class Oracle:
    """Is told beforehand what will be said: each utterance is the next line, and one more is nothing."""

    def __init__(self, *lines: str) -> None:
        self._lines = deque(lines)

    def expect(self, *lines: str) -> None:
        self._lines.extend(lines)

    @property
    def left(self) -> tuple[str, ...]:
        """What has not been heard yet."""
        return tuple(self._lines)

    async def begin(self) -> Understanding:
        return _Told(self._lines.popleft() if self._lines else "")


class _Told:
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
    """Somebody began to speak, so many seconds into the sound."""

    at: float


@dataclass(frozen=True, slots=True)
class Partly:
    """What is understood so far of an utterance."""

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Ended:
    """A whole utterance; `end` is its last sound, the silence after it not counted."""

    text: str
    start: float
    end: float


class Hearing:
    """One connection's ear; `silence` seconds without sound end an utterance. Knows no clock but the samples."""

    def __init__(self, ears: Ears, *, rate: int, silence: float = 0.3) -> None:
        self.silence = silence
        self.heard = 0.0
        self._ears, self._resampler = ears, Resampler(rate)
        self._rest, self._before = b"", deque[bytes](maxlen=LEAD_IN)
        self._speech: Understanding | None = None
        self._loud = self._windows = 0
        self._start = self._last = 0.0

    @property
    def speaking(self) -> bool:
        return self._speech is not None

    async def hear(self, pcm: bytes) -> AsyncIterator[Began | Partly | Ended]:
        """What becomes clear by this much more sound."""
        sound = self._rest + self._resampler.push(pcm)
        whole = len(sound) // (2 * WINDOW) * 2 * WINDOW
        self._rest = sound[whole:]
        for offset in range(0, whole, 2 * WINDOW):
            async for event in self._window(sound[offset : offset + 2 * WINDOW]):
                yield event

    async def finish(self) -> Ended | None:
        """End the utterance here, if there is one."""
        if self._speech is None:
            return None
        speech, self._speech = self._speech, None
        try:
            return Ended(await speech.whole(), self._start, self._last)
        finally:
            speech.done()
            self._loud = 0

    def close(self) -> None:
        """Forget what is being heard."""
        if self._speech is not None:
            self._speech.done()
            self._speech = None

    async def _window(self, pcm: bytes) -> AsyncIterator[Began | Partly | Ended]:
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
            yield Partly(text, self._start, self.heard)

    async def _open(self) -> Began:
        self._speech = await self._ears.begin()
        self._start = self.heard - OPENS_AFTER * WINDOW / HEARING_RATE
        self._windows = 0
        await self._speech.hear(b"".join(self._before))
        self._before.clear()
        return Began(self._start)


async def whole_of(ears: Ears, pcm: bytes) -> str:
    """The words of a recording, taken as one utterance."""
    speech = await ears.begin()
    try:
        await speech.hear(pcm)
        return await speech.whole()
    finally:
        speech.done()
