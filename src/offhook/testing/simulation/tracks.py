"""Audio tracks of a simulated room: what the agent plays comes from a source, what it hears from a `Line`.

They stand in for the classes of `livekit.rtc` that reach into its native library, which has a clock of its own.
"""

import asyncio
import uuid
from typing import Any, Self

from livekit import rtc

from offhook.testing.simulation.sounds import Line
from offhook.testing.simulation.source import AudioSource

__all__ = [
    "AgentTrack",
    "AgentTrackPublication",
    "AudioStream",
    "CallerTrack",
    "CallerTrackPublication",
    "DeafStream",
    "SparingStream",
]

_TAIL = 2.0
"""Seconds of silence after which a sparing stream stops; whoever waits for the end of speech has found it by then."""
_LEAD = 1.0
"""Seconds of silence that it gives at least, all at once, before the sound that makes it go on."""
_STRIDE = 0.8
"""What it leaves out is a multiple of this: both frames (50 ms) and windows of detectors (32 ms) fit in, so that they
begin when they would have begun.
"""


class AgentTrack(rtc.LocalAudioTrack):
    """In place of `rtc.LocalAudioTrack`."""

    def __init__(self, name: str, source: AudioSource) -> None:
        self._own_name, self.source = name, source
        self._own_sid = f"TR_{uuid.uuid4().hex[:12]}"
        self._muted = False

    @staticmethod
    def create_audio_track(name: str, source: Any) -> "AgentTrack":
        return AgentTrack(name, source)

    sid = property(lambda self: self._own_sid)
    name = property(lambda self: self._own_name)
    kind = property(lambda _: rtc.TrackKind.KIND_AUDIO)
    muted = property(lambda self: self._muted)

    def mute(self) -> None:
        self._muted = True

    def unmute(self) -> None:
        self._muted = False


class AgentTrackPublication:
    """What publishing a track gives; somebody is subscribed at once."""

    def __init__(self, track: AgentTrack, source: int) -> None:
        self.track: AgentTrack | None = track
        self.sid, self.name, self.source = track.sid, track.name, source
        self.kind = rtc.TrackKind.KIND_AUDIO
        self.muted = False
        self.audio_features: list[int] = []

    async def wait_for_subscription(self) -> None:
        await asyncio.sleep(0)


class CallerTrack(rtc.RemoteAudioTrack):
    """A person's microphone, as the agent sees it."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self._own_sid = f"TR_{uuid.uuid4().hex[:12]}"

    sid = property(lambda self: self._own_sid)
    name = property(lambda _: "microphone")
    kind = property(lambda _: rtc.TrackKind.KIND_AUDIO)
    muted = property(lambda _: False)

    async def get_stats(self) -> list[rtc.stats.RtcStats]:
        return []


class CallerTrackPublication:
    """A person's microphone, published."""

    def __init__(self, track: CallerTrack) -> None:
        self.track: CallerTrack | None = track
        self.sid, self.name, self.kind = track.sid, track.name, track.kind
        self.source = rtc.TrackSource.SOURCE_MICROPHONE
        self.muted, self.subscribed, self.simulcasted = False, True, False
        self.mime_type = "audio/opus"
        self.audio_features: list[int] = []

    def set_subscribed(self, subscribed: bool) -> None:
        self.subscribed = subscribed


class AudioStream:
    """In place of `rtc.AudioStream`: frames of a caller's line at the pace of the loop's clock.

    A deaf one never gives a frame: where nobody listens to samples, a silent hour costs nothing.
    """

    hears = True

    def __init__(self, track: rtc.Track, *_: Any, **options: Any) -> None:
        self._line = track.line if isinstance(track, CallerTrack) else None
        self._rate = options.get("sample_rate") or 48_000
        self._count = self._rate * (options.get("frame_size_ms") or 10) // 1000
        self._loop = asyncio.get_running_loop()
        self._next = self._began = self._loop.time()
        self._closed: asyncio.Future[None] = self._loop.create_future()

    @classmethod
    def from_track(cls, *, track: rtc.Track, **options: Any) -> Self:
        return cls(track, **options)

    @classmethod
    def from_participant(cls, *, participant: rtc.Participant, **options: Any) -> Self:
        track = next(one.track for one in participant.track_publications.values() if one.track is not None)
        return cls(track, **options)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> rtc.AudioFrameEvent:
        if self._line is None or not self.hears:
            await asyncio.wait([self._closed])
            raise StopAsyncIteration
        await self._pause(self._line)
        began, self._next = self._next, self._next + self._count / self._rate
        await asyncio.sleep(self._next - self._loop.time())
        if self._closed.done() or self._line.closed:
            raise StopAsyncIteration
        pcm = self._line.samples(began, self._count, self._rate)
        return rtc.AudioFrameEvent(rtc.AudioFrame(pcm.tobytes(), self._rate, 1, self._count))

    async def _pause(self, line: Line) -> None:
        """Every moment of the line is heard."""

    async def aclose(self) -> None:
        if not self._closed.done():
            self._closed.set_result(None)


class SparingStream(AudioStream):
    """In place of `rtc.AudioStream` where nobody minds a gap: a silent line sends nothing, as a phone with DTX does.

    Models that listen cost as much for silence as for speech, and a long call is silence for the most part.
    """

    async def _pause(self, line: Line) -> None:
        if self._next < max(line.ends, self._began) + _TAIL:
            return
        while line.ends <= self._next and not (self._closed.done() or line.closed):
            await asyncio.wait([self._closed, line.stirred], return_when=asyncio.FIRST_COMPLETED)
        self._next += max(0, int((self._loop.time() - _LEAD - self._next) / _STRIDE)) * _STRIDE


class DeafStream(AudioStream):
    """In place of `rtc.AudioStream` where the ears are told what is said."""

    hears = False
