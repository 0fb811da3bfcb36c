"""Transcribes people in the room other than the caller, each with a separate STT stream."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from livekit import rtc
from livekit.agents import AgentSession, stt, vad
from livekit.agents.utils import is_given

from offhook.session.inbound.words_vad import WordsVad

__all__ = ["RoomTranscriber", "recogniser_of", "text_of"]

log = logging.getLogger("offhook")

PEOPLE = (
    rtc.ParticipantKind.PARTICIPANT_KIND_STANDARD,
    rtc.ParticipantKind.PARTICIPANT_KIND_SIP,
    rtc.ParticipantKind.PARTICIPANT_KIND_CONNECTOR,
)
RATE = 24_000
"""The sample rate in Hz. LiveKit's audio input of a session has the same rate."""
LAST_WORDS = 2.0
"""Seconds that `stop` waits for the transcripts of the last words."""
_SHORTEST = 10.0
"""An STT stream that fails within this many seconds is not started again."""


@dataclass(frozen=True, slots=True)
class _Ear:
    """The audio of one track, and the task that transcribes this audio."""

    audio: rtc.AudioStream
    reading: asyncio.Task[None]


class RoomTranscriber:
    """Listens to the selected people in the room, also to people who join later.

    `heard` is called with a participant and each event of that participant's STT stream. If the stream fails, `failed`
    is called with the participant's identity and the error.
    """

    def __init__(
        self,
        room: rtc.Room,
        recogniser: stt.STT[Any],
        *,
        selected: Callable[[rtc.RemoteParticipant], bool],
        heard: Callable[[rtc.RemoteParticipant, stt.SpeechEvent], None],
        failed: Callable[[str, str], None],
    ) -> None:
        self._room = room
        self._stt = recogniser
        self._selected, self._heard, self._failed = selected, heard, failed
        self._ears: dict[str, _Ear] = {}

    def begin(self) -> None:
        """Listen to the selected people who are in the room, and to selected people who join later."""
        self._room.on("track_subscribed", self._on_subscribed)
        for participant in self._room.remote_participants.values():
            for publication in participant.track_publications.values():
                if publication.track is not None:
                    self._on_subscribed(publication.track, publication, participant)

    async def stop(self) -> None:
        """Stop listening. Wait at most 2 s for the transcripts of the words that were already spoken."""
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
        if not microphone or participant.kind not in PEOPLE or not self._selected(participant):
            return
        before = self._ears.get(publication.sid)
        if before is None or before.reading.done():
            audio = rtc.AudioStream.from_track(track=track, sample_rate=RATE, num_channels=1)
            reading = asyncio.create_task(self._transcribe(participant, audio), name="offhook transcriber")
            self._ears[publication.sid] = _Ear(audio, reading)

    async def _transcribe(self, participant: rtc.RemoteParticipant, audio: rtc.AudioStream) -> None:
        """Transcribe one track. An STT stream that fails is replaced, unless the stream fails soon after its start."""
        clock = asyncio.get_running_loop().time
        began = -_SHORTEST
        try:
            while clock() - began >= _SHORTEST:
                began = clock()
                if await self._read(participant, audio):
                    return
        finally:
            await audio.aclose()

    async def _read(self, participant: rtc.RemoteParticipant, audio: rtc.AudioStream) -> bool:
        """Read one STT stream to its end. Return False if the stream failed."""
        stream = self._stt.stream()
        feeding = asyncio.create_task(_feed(audio, stream), name="offhook transcriber audio")
        try:
            async for event in stream:
                self._heard(participant, event)
        except Exception as error:  # noqa: BLE001  # an STT raises its own errors; the journal has them
            log.warning("the transcription of a person failed", extra={"error": repr(error)})
            self._failed(participant.identity, repr(error)[:500])
            return False
        finally:
            feeding.cancel()
            await asyncio.gather(feeding, return_exceptions=True)
            await stream.aclose()
        return True


def text_of(event: stt.SpeechEvent) -> str:
    """Return the words of the event, or "" if the event has no words."""
    return event.alternatives[0].text.strip() if event.alternatives else ""


async def _feed(audio: rtc.AudioStream, stream: stt.RecognizeStream) -> None:
    async for event in audio:
        stream.push_frame(event.frame)
    stream.flush()
    stream.end_input()


def recogniser_of(session: AgentSession[Any]) -> stt.STT[Any] | None:
    """Return the current agent's STT. If the STT cannot stream, return an adapter that combines the STT with the VAD.
    Return None if there is no STT, or no VAD for the adapter.
    """
    agent = session.current_agent
    recogniser = agent.stt if is_given(agent.stt) else session.stt
    if not isinstance(recogniser, stt.STT) or recogniser.capabilities.streaming:
        return recogniser if isinstance(recogniser, stt.STT) else None
    detector = agent.vad if is_given(agent.vad) else session.vad
    if isinstance(detector, WordsVad):
        detector = detector.plain  # `WordsVad` uses the transcripts of the caller, not of other people
    return stt.StreamAdapter(stt=recogniser, vad=detector) if isinstance(detector, vad.VAD) else None
