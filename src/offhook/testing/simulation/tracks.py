"""Audio tracks of a simulated room: the agent plays from an `AudioSource` and receives audio from the caller's `Line`.

These classes replace the classes of `livekit.rtc` that call the native library, because that library has its own clock.
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
    "NullStream",
    "SkippingStream",
]

_TAIL = 2.0
"""After this many seconds of silence, a `SkippingStream` stops sending frames. By then, models have detected the end
of speech.
"""
_LEAD = 1.0
"""When the next sound begins, a `SkippingStream` first sends at least this many seconds of silence, all at once."""
_STRIDE = 0.8
"""A `SkippingStream` skips only multiples of this many seconds.

0.8 s is a whole number of frames (50 ms) and of VAD windows (32 ms). Therefore frames and VAD windows begin at the same
times as without skips.
"""


class AgentTrack(rtc.LocalAudioTrack):
    """Replaces `rtc.LocalAudioTrack`."""

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
    """A published track of the agent; the caller is subscribed at once."""

    def __init__(self, track: AgentTrack, source: int) -> None:
        self.track: AgentTrack | None = track
        self.sid, self.name, self.source = track.sid, track.name, source
        self.kind = rtc.TrackKind.KIND_AUDIO
        self.muted = False
        self.audio_features: list[int] = []

    async def wait_for_subscription(self) -> None:
        await asyncio.sleep(0)


class CallerTrack(rtc.RemoteAudioTrack):
    """A person's microphone track, as a remote track that the agent receives."""

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
    """The publication of a person's microphone track."""

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
    """Replaces `rtc.AudioStream`: yields frames of a caller's microphone at the pace of the event loop's clock."""

    sends_frames = True

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
        if self._line is None or not self.sends_frames:
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
        """Skip nothing, so that every frame is sent. `SkippingStream` overrides this method."""

    async def aclose(self) -> None:
        if not self._closed.done():
            self._closed.set_result(None)


class SkippingStream(AudioStream):
    """Replaces `rtc.AudioStream` where gaps are allowed: a silent microphone sends no frames, like a phone with DTX.

    This saves CPU time, because models need as much time for silence as for speech, and a long call is mostly silence.
    """

    async def _pause(self, line: Line) -> None:
        if self._next < max(line.ends, self._began) + _TAIL:
            return
        while line.ends <= self._next and not (self._closed.done() or line.closed):
            await asyncio.wait([self._closed, line.changed], return_when=asyncio.FIRST_COMPLETED)
        self._next += max(0, int((self._loop.time() - _LEAD - self._next) / _STRIDE)) * _STRIDE


class NullStream(AudioStream):
    """Replaces `rtc.AudioStream` for fake models: sends no frames, so that a silent hour needs no CPU time."""

    sends_frames = False
