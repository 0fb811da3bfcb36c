"""Renders spoken lines as audio with the configured TTS. If TTS fails or is too slow, a recorded clip is used."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from livekit import rtc
from livekit.agents import tts

from offhook.announce.clips import CLIPS, RATE, Clip, clip_for, load_clip
from offhook.core.decisions import Say
from offhook.engine.voice_health import MAX_WAIT, VoiceHealth

__all__ = ["RenderedLine", "SpeechCache"]

log = logging.getLogger("offhook")

_OUT_OF_BAND = 1.0
"""Maximum seconds to wait for TTS if the line is played out of band (outside the session's speech queue). The limit is
short, because the caller is already waiting.
"""


@dataclass(frozen=True, slots=True)
class RenderedLine:
    """The audio of a spoken line, and the text that is spoken in this audio."""

    frames: Sequence[rtc.AudioFrame]
    text: str
    seconds: float

    @classmethod
    def of(cls, frames: Sequence[rtc.AudioFrame], text: str) -> Self:
        return cls(frames, text, sum(frame.duration for frame in frames))

    def text_until(self, seconds: float) -> str:
        """Return the text of the first `seconds` of audio. The result is an estimate, because the times of the words
        are not known.
        """
        ends = [word.end() for word in re.finditer(r"\S+", self.text)]
        count = round(len(ends) * min(seconds / self.seconds, 1.0)) if self.seconds else 0
        return self.text[: ends[count - 1]] if count else ""


class SpeechCache:
    """The rendered lines of one call. `clips` maps the text of a line to the clip with the same meaning."""

    def __init__(self, voice: Callable[[], tts.TTS[Any] | None], voice_health: VoiceHealth) -> None:
        self.clips: Mapping[str, Clip] = {}
        self._tts = voice
        self._voice_health = voice_health
        self._rendered: dict[str, RenderedLine] = {}
        self._renderings: dict[str, asyncio.Task[None]] = {}

    def prepare(self, text: str) -> None:
        """Start to render this line. If the line is already rendered or being rendered, or if TTS is failing, do
        nothing.
        """
        if text in self._rendered or text in self._renderings or self._voice_health.failing:
            return
        self._renderings[text] = task = asyncio.create_task(self._synthesize(text), name="offhook render")
        task.add_done_callback(lambda _: self._renderings.pop(text))

    async def close(self) -> None:
        """Cancel all renderings at the end of the call."""
        for task in (tasks := list(self._renderings.values())):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def render(self, decision: Say) -> RenderedLine:
        """Return the line rendered with the configured TTS, or a clip if TTS fails or is too slow."""
        self.prepare(decision.text)
        if (rendering := self._renderings.get(decision.text)) is not None:
            budget = self._voice_health.budget()
            await asyncio.wait([rendering], timeout=min(budget, _OUT_OF_BAND) if decision.out_of_band else budget)
        if decision.text in self._rendered:
            return self._rendered[decision.text]
        name = clip_for(decision, self.clips)
        return RenderedLine.of(await load_clip(name), CLIPS[name])

    async def _synthesize(self, text: str) -> None:
        """Render the line with TTS, or record a TTS failure. If TTS is slow and a clip is played instead, the rendering
        continues.
        """
        try:
            if (model := self._tts()) is None:
                return
            async with self._voice_health.deadline(MAX_WAIT):
                if frames := await _all_frames(model, text):
                    self._rendered[text] = RenderedLine.of(frames, text)
        except Exception:  # TTS may raise any error, and the caller then hears a clip
            log.warning("the configured TTS failed to render a line; a clip is played", exc_info=True)
        if text not in self._rendered:
            self._voice_health.failed()


async def _all_frames(model: tts.TTS[Any], text: str) -> Sequence[rtc.AudioFrame]:
    return [frame async for frame in _resampled(_synthesized(model, text))]


async def _synthesized(model: tts.TTS[Any], text: str) -> AsyncIterator[rtc.AudioFrame]:
    async with model.synthesize(text) as stream:
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
