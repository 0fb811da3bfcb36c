"""A mouth without a session: speaks on a track of its own when there is no AgentSession, or it has died."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from importlib import resources
from typing import Any

from livekit import rtc
from livekit.agents import tts
from livekit.agents.utils.audio import audio_frames_from_file

from offhook.core.ending import Ending
from offhook.core.facts import Fact, Said
from offhook.core.wishes import Ask, MarkAway, Say

__all__ = ["Announcer"]

log = logging.getLogger("offhook")

_RATE = 24_000
_RENDER = 4.0
"""Seconds that the configured voice may take; after that the clip that ships with offhook is played."""
_SUBSCRIBE = 3.0
_CLIP = "sorry.ogg"


class Announcer:
    """Publishes a track with the first line and keeps it: taken away at once, the last word would be lost."""

    def __init__(
        self, room: rtc.Room, *, voice: Callable[[], tts.TTS[Any] | None], post: Callable[[Fact], None]
    ) -> None:
        self._room = room
        self._voice = voice
        self._post = post
        self._source: rtc.AudioSource | None = None

    async def say(self, wish: Say) -> bool:
        """Play the line to its end; nobody can interrupt it."""
        if not self._room.isconnected():
            raise RuntimeError("nobody can hear it: the room is gone")
        frames, text = await self._render(wish.text)
        source = self._source = self._source or await self._publish()
        for frame in frames:
            await source.capture_frame(frame)
        await source.wait_for_playout()
        self._post(Said("assistant", text))  # no session is there to tell it
        return False

    async def _publish(self) -> rtc.AudioSource:
        source = rtc.AudioSource(_RATE, 1, queue_size_ms=200)
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

    async def _render(self, text: str) -> tuple[Sequence[rtc.AudioFrame], str]:
        """The audio, and what it really says."""
        try:
            async with asyncio.timeout(_RENDER):
                if (voice := self._voice()) is not None:
                    return [frame async for frame in _resampled(_spoken(voice, text))], text
        except Exception:  # a dead voice is why we are here; the shipped clip needs none
            log.warning("the configured voice cannot announce; playing the clip", exc_info=True)
        with resources.as_file(resources.files("offhook.line") / "clips" / _CLIP) as clip:
            return [frame async for frame in audio_frames_from_file(str(clip), sample_rate=_RATE)], Ending().sorry


async def _spoken(voice: tts.TTS[Any], text: str) -> AsyncIterator[rtc.AudioFrame]:
    async with voice.synthesize(text) as stream:
        async for audio in stream:
            yield audio.frame


async def _resampled(frames: AsyncIterator[rtc.AudioFrame]) -> AsyncIterator[rtc.AudioFrame]:
    resampler: rtc.AudioResampler | None = None
    async for frame in frames:
        if frame.sample_rate == _RATE:
            yield frame
            continue
        resampler = resampler or rtc.AudioResampler(frame.sample_rate, _RATE)
        for part in resampler.push(frame):
            yield part
    for part in resampler.flush() if resampler else ():
        yield part
