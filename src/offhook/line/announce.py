"""A mouth without a session: a track of its own where there is no AgentSession, or it has died, or is not heard."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from livekit import rtc
from livekit.agents import tts

from offhook.core.facts import Fact, PauseChanged, Said
from offhook.core.wishes import Ask, MarkAway, Say
from offhook.line.caption import Caption
from offhook.line.clips import RATE
from offhook.line.sounds import Line, Sounds
from offhook.session.throat import Throat

__all__ = ["Announcer"]

_SUBSCRIBE = 3.0
_HANDED_OVER = 1.0
"""Seconds in which a frame of a silenced line is taken back."""


@dataclass(slots=True)
class _Playing:
    """A line while it is played."""

    line: Line
    caption: Caption
    since: float
    handed: float = 0.0
    heard: str = ""
    whole: bool = False

    def look(self, queued: float) -> None:
        """So much of what was handed over waits to be played."""
        self.heard = self.line.heard(max(self.handed - queued, 0.0))


class Announcer:
    """Publishes a track with the first line and keeps it: taken away at once, the last word would be lost.

    What the voice cannot say is said by the clip that comes nearest.
    """

    def __init__(
        self,
        room: rtc.Room,
        *,
        voice: Callable[[], tts.TTS[Any] | None],
        throat: Throat,
        post: Callable[[Fact], None],
    ) -> None:
        self.sounds = Sounds(voice, throat)
        self._room = room
        self._post = post
        self._source: rtc.AudioSource | None = None
        self._track = ""
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
        line, playing = await self.sounds.of(wish), None
        try:
            async with self._turn:
                source = self._source = self._source or await self._publish()
                playing = _Playing(line, Caption(self._room, self._track), asyncio.get_running_loop().time())
                await self._sound(source, playing)
        finally:
            if playing is not None:
                await self._tell(playing)
        return False

    async def _sound(self, source: rtc.AudioSource, playing: _Playing) -> None:
        try:
            for frame in playing.line.frames:
                playing.handed += frame.duration
                await self._hand(source, frame)
                playing.look(source.queued_duration)
                playing.caption.show(playing.heard)
            await source.wait_for_playout()
            playing.whole, playing.heard = True, playing.line.text
        except asyncio.CancelledError:
            playing.look(source.queued_duration)
            source.clear_queue()
            raise

    async def _tell(self, playing: _Playing) -> None:
        """Tell what was heard: no session is there to do it."""
        try:
            await playing.caption.end(playing.heard)
        finally:
            if playing.heard:
                self._post(Said("assistant", playing.heard, interrupted=not playing.whole, since=playing.since))

    async def _hand(self, source: rtc.AudioSource, frame: rtc.AudioFrame) -> None:
        """Hand over one frame. One that a silenced line was handing over comes first: LiveKit refuses two at once."""
        if self._handing is not None and not self._handing.done():
            await asyncio.wait([self._handing], timeout=_HANDED_OVER)
        self._handing = asyncio.ensure_future(source.capture_frame(frame))
        self._handing.add_done_callback(lambda handed: handed.cancelled() or handed.exception())
        await asyncio.shield(self._handing)

    async def _publish(self) -> rtc.AudioSource:
        source = rtc.AudioSource(RATE, 1, queue_size_ms=200)
        track = rtc.LocalAudioTrack.create_audio_track("offhook_announcement", source)
        # Not as a microphone: LiveKit would give the session's later transcripts this track's id.
        publication = await self._room.local_participant.publish_track(track, rtc.TrackPublishOptions())
        async with asyncio.timeout(_SUBSCRIBE):
            await publication.wait_for_subscription()
        self._track = publication.sid
        return source

    async def ask(self, wish: Ask) -> bool:
        raise RuntimeError(f"there is no session to ask for {wish.tag}")

    def mark_away(self, wish: MarkAway) -> None:
        """Nobody listens to a session that does not exist."""

    def prepare(self, text: str) -> None:
        """Be ready for this line, which may be wanted soon."""
        self.sounds.prepare(text)

    async def close(self) -> None:
        """The call is over."""
        await self.sounds.close()
