"""Plays spoken lines on a separate audio track, for example before a session is started or when the session's TTS
fails.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from livekit import rtc
from livekit.agents import tts

from offhook.announce.caption import Caption
from offhook.announce.clips import RATE
from offhook.announce.rendering import RenderedLine, SpeechCache
from offhook.core.decisions import Ask, MarkAway, Say
from offhook.core.facts import Fact, MessageCommitted, PauseChanged
from offhook.engine.voice_health import VoiceHealth

__all__ = ["Announcer"]

_SUBSCRIBE = 3.0
_CAPTURE = 1.0
"""Maximum seconds to wait until the audio source has accepted the last frame of a line that was stopped."""


@dataclass(slots=True)
class _Playing:
    """A spoken line that is being played."""

    line: RenderedLine
    caption: Caption
    since: float
    captured: float = 0.0
    """Seconds of audio given to the audio source."""
    played: str = ""
    """The text played so far."""
    complete: bool = False

    def update(self, queued: float) -> None:
        """Set `played` to the text of the audio that was played so far. `queued`: seconds that the source still has."""
        self.played = self.line.text_until(max(self.captured - queued, 0.0))


class Announcer:
    """Publishes an audio track when the first line is played, and keeps the track published for the whole call.

    If the track were unpublished right after a line, the last word of the line would be lost.

    If TTS fails or is late, the announcer plays the recorded clip that is nearest in meaning to the line.
    """

    def __init__(
        self,
        room: rtc.Room,
        *,
        voice: Callable[[], tts.TTS[Any] | None],
        voice_health: VoiceHealth,
        post: Callable[[Fact], None],
    ) -> None:
        self.speech_cache = SpeechCache(voice, voice_health)
        self._room = room
        self._post = post
        self._source: rtc.AudioSource | None = None
        self._track = ""
        self._lock = asyncio.Lock()
        self._capturing: asyncio.Future[None] | None = None

    async def say(self, decision: Say) -> bool:
        """Play the line to its end. Return False (not interrupted), because the caller cannot interrupt the line.

        If the task that awaits `say` is cancelled, playback stops.
        """
        if not self._room.isconnected():
            raise RuntimeError("the line cannot be played: the room is disconnected")
        if not decision.out_of_band:
            return await self._play(decision)
        # Pause the silence ladder, which would otherwise speak during this line, because the session posts no event for
        # the line.
        self._post(PauseChanged("filler", paused=True, by="offhook"))
        try:
            return await self._play(decision)
        finally:
            self._post(PauseChanged("filler", paused=False, by="offhook"))

    async def _play(self, decision: Say) -> bool:
        line, playing = await self.speech_cache.render(decision), None
        try:
            async with self._lock:
                source = self._source = self._source or await self._publish()
                playing = _Playing(line, Caption(self._room, self._track), asyncio.get_running_loop().time())
                await self._play_audio(source, playing)
        finally:
            if playing is not None:
                await self._report(playing)
        return False

    async def _play_audio(self, source: rtc.AudioSource, playing: _Playing) -> None:
        try:
            for frame in playing.line.frames:
                playing.captured += frame.duration
                await self._capture(source, frame)
                playing.update(source.queued_duration)
                playing.caption.show(playing.played)
            await source.wait_for_playout()
            playing.complete, playing.played = True, playing.line.text
        except asyncio.CancelledError:
            playing.update(source.queued_duration)
            source.clear_queue()
            raise

    async def _report(self, playing: _Playing) -> None:
        """Finish the caption and post the played text, because no session posts the text of this line."""
        try:
            await playing.caption.end(playing.played)
        finally:
            if playing.played:
                self._post(
                    MessageCommitted("assistant", playing.played, interrupted=not playing.complete, since=playing.since)
                )

    async def _capture(self, source: rtc.AudioSource, frame: rtc.AudioFrame) -> None:
        """Give one frame to the source. LiveKit refuses two frames at once, so first wait until the source has accepted
        the last frame of a stopped line.
        """
        if self._capturing is not None and not self._capturing.done():
            await asyncio.wait([self._capturing], timeout=_CAPTURE)
        self._capturing = asyncio.ensure_future(source.capture_frame(frame))
        self._capturing.add_done_callback(lambda done: done.cancelled() or done.exception())
        await asyncio.shield(self._capturing)

    async def _publish(self) -> rtc.AudioSource:
        """Publish the track, and wait until a client subscribes."""
        source = rtc.AudioSource(RATE, 1, queue_size_ms=200)
        track = rtc.LocalAudioTrack.create_audio_track("offhook_announcement", source)
        # The track is not published as a microphone, because LiveKit would then use this track's id for the session's
        # later transcripts.
        publication = await self._room.local_participant.publish_track(track, rtc.TrackPublishOptions())
        async with asyncio.timeout(_SUBSCRIBE):
            await publication.wait_for_subscription()
        self._track = publication.sid
        return source

    async def ask(self, decision: Ask) -> bool:
        raise RuntimeError(f"no session can generate {decision.tag}")

    def mark_away(self, decision: MarkAway) -> None:
        """Do nothing, because there is no session with a `user_state`."""

    def mute(self) -> None:
        """Do nothing, because the announcer plays no audio of the session."""

    def prepare(self, text: str) -> None:
        """Start to render this line as audio, because the line may be needed soon."""
        self.speech_cache.prepare(text)

    async def close(self) -> None:
        """Cancel all renderings at the end of the call."""
        await self.speech_cache.close()
