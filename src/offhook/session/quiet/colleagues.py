"""Transcribes the people who talk with the caller while the agent is quiet."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from livekit import rtc
from livekit.agents import stt, vad

__all__ = ["Colleagues", "streaming"]

log = logging.getLogger("offhook")

PEOPLE = (rtc.ParticipantKind.PARTICIPANT_KIND_STANDARD, rtc.ParticipantKind.PARTICIPANT_KIND_SIP)
RATE = 24_000
"""The sample rate of a session's own audio input."""
LAST_WORDS = 2.0
"""Seconds to wait for the transcripts of the last words."""
Words = Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class _Ear:
    """Listens to one track."""

    audio: rtc.AudioStream
    reading: asyncio.Task[None]


class Colleagues:
    """Listens to every person in the room except the caller, also to people who join later.

    `heard` is called with the identity and the words, `failed` with the identity and the error.
    """

    def __init__(self, room: rtc.Room, recogniser: stt.STT[Any], *, caller: str, heard: Words, failed: Words) -> None:
        self._room = room
        self._stt = recogniser
        self._caller = caller
        self._heard, self._failed = heard, failed
        self._ears: dict[str, _Ear] = {}

    def begin(self) -> None:
        """Listen to everybody who is in the room, and to everybody who joins."""
        self._room.on("track_subscribed", self._on_subscribed)
        for participant in self._room.remote_participants.values():
            for publication in participant.track_publications.values():
                if publication.track is not None:
                    self._on_subscribed(publication.track, publication, participant)

    async def stop(self) -> None:
        """Listen no longer. Words that were spoken before this are still transcribed, for 2 s at most."""
        self._room.off("track_subscribed", self._on_subscribed)
        ears = list(self._ears.values())
        for ear in ears:
            await ear.audio.aclose()
        if ears:
            await asyncio.wait([ear.reading for ear in ears], timeout=LAST_WORDS)
        for ear in ears:
            ear.reading.cancel()
        await asyncio.gather(*(ear.reading for ear in ears), return_exceptions=True)

    def _on_subscribed(
        self, track: rtc.Track, publication: rtc.RemoteTrackPublication, participant: rtc.RemoteParticipant
    ) -> None:
        microphone = publication.source == rtc.TrackSource.SOURCE_MICROPHONE and track.kind == rtc.TrackKind.KIND_AUDIO
        if not microphone or participant.identity == self._caller or participant.kind not in PEOPLE:
            return
        before = self._ears.get(publication.sid)
        if before is None or before.reading.done():
            audio = rtc.AudioStream.from_track(track=track, sample_rate=RATE, num_channels=1)
            reading = asyncio.create_task(self._transcribe(participant.identity, audio), name="offhook colleague")
            self._ears[publication.sid] = _Ear(audio, reading)

    async def _transcribe(self, identity: str, audio: rtc.AudioStream) -> None:
        stream = self._stt.stream()
        feeding = asyncio.create_task(_feed(audio, stream), name="offhook colleague audio")
        try:
            async for event in stream:
                if event.type == stt.SpeechEventType.FINAL_TRANSCRIPT and (text := _text(event)):
                    self._heard(identity, text)
        except Exception as error:  # noqa: BLE001  # an STT raises its own errors; the journal has them
            log.warning("a colleague is not transcribed any more", extra={"error": repr(error)})
            self._failed(identity, repr(error)[:500])
        finally:
            feeding.cancel()
            await asyncio.gather(feeding, return_exceptions=True)
            await stream.aclose()
            await audio.aclose()


def _text(event: stt.SpeechEvent) -> str:
    return event.alternatives[0].text.strip() if event.alternatives else ""


async def _feed(audio: rtc.AudioStream, stream: stt.RecognizeStream) -> None:
    async for event in audio:
        stream.push_frame(event.frame)
    stream.flush()
    stream.end_input()


def streaming(recogniser: object, detector: object) -> stt.STT[Any] | None:
    """Return an STT that streams: the session's own, if necessary together with its VAD. None if there is none."""
    if not isinstance(recogniser, stt.STT) or recogniser.capabilities.streaming:
        return recogniser if isinstance(recogniser, stt.STT) else None
    return stt.StreamAdapter(stt=recogniser, vad=detector) if isinstance(detector, vad.VAD) else None
