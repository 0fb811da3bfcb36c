"""Lines as sound: in the configured voice when it can say them in time, else as a clip that ships with offhook."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from livekit import rtc
from livekit.agents import tts

from offhook.core.wishes import Say
from offhook.line.clips import CLIPS, RATE, Clip, clip_for, load_clip
from offhook.session.throat import MOST, Throat

__all__ = ["Line", "Sounds"]

log = logging.getLogger("offhook")

_BESIDE = 1.0
"""Seconds that the voice may take at most for a line that is said because the caller waits already."""


@dataclass(frozen=True, slots=True)
class Line:
    """Sound, and what it really says."""

    frames: Sequence[rtc.AudioFrame]
    text: str
    seconds: float

    @classmethod
    def of(cls, frames: Sequence[rtc.AudioFrame], text: str) -> Self:
        return cls(frames, text, sum(frame.duration for frame in frames))

    def heard(self, seconds: float) -> str:
        """The words that make so many seconds of it: by time, for nobody knows better."""
        ends = [word.end() for word in re.finditer(r"\S+", self.text)]
        count = round(len(ends) * min(seconds / self.seconds, 1.0)) if self.seconds else 0
        return self.text[: ends[count - 1]] if count else ""


class Sounds:
    """What one call needs; `clips` says which clip says the same as a line."""

    def __init__(self, voice: Callable[[], tts.TTS[Any] | None], throat: Throat) -> None:
        self.clips: Mapping[str, Clip] = {}
        self._voice = voice
        self._throat = throat
        self._rendered: dict[str, Line] = {}
        self._renderings: dict[str, asyncio.Task[None]] = {}

    def prepare(self, text: str) -> None:
        """Begin to render this line, unless that is done or the voice has just failed."""
        if text in self._rendered or text in self._renderings or self._throat.hoarse:
            return
        self._renderings[text] = task = asyncio.create_task(self._rendering(text), name="offhook render")
        task.add_done_callback(lambda _: self._renderings.pop(text))

    async def close(self) -> None:
        """The call is over."""
        for task in (tasks := list(self._renderings.values())):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def of(self, wish: Say) -> Line:
        """The configured voice's sound; the clip's when that fails or takes too long."""
        self.prepare(wish.text)
        if (rendering := self._renderings.get(wish.text)) is not None:
            patience = self._throat.patience()
            await asyncio.wait([rendering], timeout=min(patience, _BESIDE) if wish.beside else patience)
        if wish.text in self._rendered:
            return self._rendered[wish.text]
        name = clip_for(wish, self.clips)
        return Line.of(await load_clip(name), CLIPS[name])

    async def _rendering(self, text: str) -> None:
        """Goes on when a clip had to be played: the next line may need it, or the knowledge that it fails."""
        try:
            if (voice := self._voice()) is None:
                return
            async with self._throat.trusted(MOST):
                if frames := await _whole(voice, text):
                    self._rendered[text] = Line.of(frames, text)
        except Exception:  # a dead voice is why we are here; the shipped clip needs none
            log.warning("the configured voice cannot announce; the clip is played", exc_info=True)
        if text not in self._rendered:
            self._throat.failed()


async def _whole(voice: tts.TTS[Any], text: str) -> Sequence[rtc.AudioFrame]:
    return [frame async for frame in _resampled(_spoken(voice, text))]


async def _spoken(voice: tts.TTS[Any], text: str) -> AsyncIterator[rtc.AudioFrame]:
    async with voice.synthesize(text) as stream:
        async for audio in stream:
            yield audio.frame


async def _resampled(frames: AsyncIterator[rtc.AudioFrame]) -> AsyncIterator[rtc.AudioFrame]:
    resampler: rtc.AudioResampler | None = None
    async for frame in frames:
        if frame.sample_rate == RATE:
            yield frame
            continue
        resampler = resampler or rtc.AudioResampler(frame.sample_rate, RATE)
        for part in resampler.push(frame):
            yield part
    for part in resampler.flush() if resampler else ():
        yield part
