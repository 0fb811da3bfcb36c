"""A mouth without a session: a track of its own where there is no AgentSession, or it has died, or is not heard."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from livekit import rtc
from livekit.agents import tts

from offhook.core.facts import Fact, PauseChanged, Said
from offhook.core.wishes import Ask, MarkAway, Say
from offhook.line.clips import CLIPS, RATE, Clip, load_clip

__all__ = ["Announcer"]

log = logging.getLogger("offhook")

_RENDER = 4.0
_RENDER_BESIDE = 1.0
"""Seconds that the configured voice may take until a clip that ships with offhook is played: for a line that the caller
waits for anyway, and for one that is said because they wait already.
"""
_MUTE = 30.0
"""Seconds in which a voice that could not do it is not asked again: it is why we are here."""
_SUBSCRIBE = 3.0
_HANDED_OVER = 1.0
"""Seconds in which a frame of a silenced line is taken back."""


@dataclass(frozen=True, slots=True)
class _Line:
    """Sound, and what it really says."""

    frames: Sequence[rtc.AudioFrame]
    text: str


class Announcer:
    """Publishes a track with the first line and keeps it: taken away at once, the last word would be lost.

    `clips` says which clip fits a line when the voice cannot say it; any other line becomes the apology.
    """

    def __init__(
        self, room: rtc.Room, *, voice: Callable[[], tts.TTS[Any] | None], post: Callable[[Fact], None]
    ) -> None:
        self.clips: Mapping[str, Clip] = {}
        self._room = room
        self._voice = voice
        self._post = post
        self._source: rtc.AudioSource | None = None
        self._rendered: dict[str, _Line] = {}
        self._mute_until = 0.0
        self._turn = asyncio.Lock()
        self._handing: asyncio.Future[None] | None = None

    async def say(self, wish: Say) -> bool:
        """Play the line to its end. The caller cannot interrupt it; whoever no longer waits for it silences it."""
        if not self._room.isconnected():
            raise RuntimeError("nobody can hear it: the room is gone")
        if not wish.beside:
            return await self._play(wish)
        # The session does not know that we speak: without this the silence ladder would speak into it.
        self._post(PauseChanged("filler", paused=True, by="offhook"))
        try:
            return await self._play(wish)
        finally:
            self._post(PauseChanged("filler", paused=False, by="offhook"))

    async def _play(self, wish: Say) -> bool:
        line = await self._render(wish.text, within=_RENDER_BESIDE if wish.beside else _RENDER)
        async with self._turn:
            source = self._source = self._source or await self._publish()
            handed = 0.0
            try:
                for frame in line.frames:
                    handed += frame.duration
                    await self._hand(source, frame)
                await source.wait_for_playout()
            except asyncio.CancelledError:
                self._silence(source, line, handed)
                raise
        self._post(Said("assistant", line.text))  # no session is there to tell it
        return False

    async def _hand(self, source: rtc.AudioSource, frame: rtc.AudioFrame) -> None:
        """Hand over one frame. One that a silenced line was handing over comes first: LiveKit refuses two at once."""
        if self._handing is not None and not self._handing.done():
            await asyncio.wait([self._handing], timeout=_HANDED_OVER)
        self._handing = asyncio.ensure_future(source.capture_frame(frame))
        self._handing.add_done_callback(lambda handed: handed.cancelled() or handed.exception())
        await asyncio.shield(self._handing)

    def _silence(self, source: rtc.AudioSource, line: _Line, handed: float) -> None:
        """Make room at once, and tell what was heard: by time, for nobody knows better."""
        played = max(handed - source.queued_duration, 0.0)
        source.clear_queue()
        whole = sum(frame.duration for frame in line.frames)
        words = line.text.split()
        if heard := words[: round(len(words) * played / whole)] if whole else []:
            self._post(Said("assistant", " ".join(heard), interrupted=True))

    async def _publish(self) -> rtc.AudioSource:
        source = rtc.AudioSource(RATE, 1, queue_size_ms=200)
        track = rtc.LocalAudioTrack.create_audio_track("offhook_announcement", source)
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        publication = await self._room.local_participant.publish_track(track, options)
        async with asyncio.timeout(_SUBSCRIBE):
            await publication.wait_for_subscription()
        return source

    async def ask(self, wish: Ask) -> bool:
        raise RuntimeError(f"there is no session to ask for {wish.tag}")

    def mark_away(self, wish: MarkAway) -> None:
        """Nobody listens to a session that does not exist."""

    async def _render(self, text: str, *, within: float) -> _Line:
        """The configured voice's sound; the clip's when that fails or takes too long."""
        if text in self._rendered:
            return self._rendered[text]
        clock = asyncio.get_running_loop().time
        if clock() >= self._mute_until:
            try:
                async with asyncio.timeout(within):
                    if (voice := self._voice()) is not None and (frames := await _whole(voice, text)):
                        self._rendered[text] = _Line(frames, text)
                        return self._rendered[text]
            except Exception:  # a dead voice is why we are here; the shipped clip needs none
                log.warning("the configured voice cannot announce; playing the clip", exc_info=True)
            self._mute_until = clock() + _MUTE
        name = self.clips.get(text, "sorry")
        return _Line(await load_clip(name), CLIPS[name])


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
