"""Models of the barge-in agents: an STT that gets the words from the caller as data packets, and a TTS without gaps."""

import asyncio
import json
import uuid
from typing import Any

import numpy as np
from livekit import rtc
from livekit.agents import (
    AgentSession,
    APIConnectOptions,
    LanguageCode,
    NotGivenOr,
    get_job_context,
    inference,
    stt,
    tts,
)
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN
from livekit.agents.utils import AudioBuffer
from livekit.agents.voice import events

from offhook.models.offline.rules import RuleLLM, RuleSet

__all__ = ["INTERRUPTED", "SECONDS", "STORY", "TOLD", "models", "report_interruptions"]

TOLD = "bench.told"
"""The topic of the caller's packets with words: `{"text": "mhm", "final": true}`."""
INTERRUPTED = "bench.interrupted"
"""The topic of the agent's packets. A packet means that an interruption ended the agent's speech."""
SECONDS = 80.0
"""The length of the agent's speech in seconds."""
STORY = "The agent tells a story that has no end."
_RATE = 24_000
_TONE, _LOUD = 220.0, 6000
_PACE = 0.7
"""Seconds between two pieces of the tone. With one long piece, LiveKit's analysis of the audio would block the event
loop.
"""


def models() -> dict[str, Any]:
    """Return the models of both agents."""
    rules = RuleSet(rules=(), opening=STORY, unknown=STORY)
    return {"vad": inference.VAD(model="silero"), "stt": ToldStt(), "llm": RuleLLM(rules), "tts": ToneTts()}


def report_interruptions(session: AgentSession[Any]) -> None:
    """Send the caller a packet each time an interruption ends the agent's speech."""
    room = get_job_context().room
    sending: set[asyncio.Task[None]] = set()

    def committed(event: events.ConversationItemAddedEvent) -> None:
        if getattr(event.item, "interrupted", False):
            work = room.local_participant.publish_data(b"", topic=INTERRUPTED)
            task = asyncio.create_task(work, name="interrupted")
            sending.add(task)
            task.add_done_callback(sending.discard)

    session.on("conversation_item_added", committed)


class ToldStt(stt.STT[str]):
    """An STT that does not recognise speech. It returns the words that the caller sends as data packets."""

    def __init__(self) -> None:
        super().__init__(capabilities=stt.STTCapabilities(streaming=True, interim_results=True))

    def stream(
        self,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,  # noqa: ARG002  # LiveKit's signature
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
    ) -> stt.RecognizeStream:
        return _Listening(stt=self, conn_options=conn_options)

    async def _recognize_impl(
        self, buffer: AudioBuffer, *, language: NotGivenOr[str] = NOT_GIVEN, conn_options: APIConnectOptions
    ) -> stt.SpeechEvent:
        raise NotImplementedError("this STT recognises streams only")


class _Listening(stt.RecognizeStream):
    async def _run(self) -> None:
        told: asyncio.Queue[bytes] = asyncio.Queue()

        def on_data(packet: rtc.DataPacket) -> None:
            if packet.topic == TOLD:
                told.put_nowait(packet.data)

        room = get_job_context().room
        room.on("data_received", on_data)
        try:
            while True:
                said = json.loads(await told.get())
                kinds = stt.SpeechEventType
                kind = kinds.FINAL_TRANSCRIPT if said["final"] else kinds.INTERIM_TRANSCRIPT
                words = stt.SpeechData(language=LanguageCode("en"), text=said["text"], confidence=1.0)
                self._event_ch.send_nowait(stt.SpeechEvent(kind, alternatives=[words]))
        finally:
            room.off("data_received", on_data)


class ToneTts(tts.TTS[str]):
    """A TTS that returns a long tone for each text. A tone has no gaps, so the time of the agent's last sample is
    exact.
    """

    def __init__(self) -> None:
        super().__init__(capabilities=tts.TTSCapabilities(streaming=False), sample_rate=_RATE, num_channels=1)

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.ChunkedStream:
        return _Speaking(tts=self, input_text=text, conn_options=conn_options)


class _Speaking(tts.ChunkedStream):
    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        output_emitter.initialize(request_id=uuid.uuid4().hex, sample_rate=_RATE, num_channels=1, mime_type="audio/pcm")
        second = (np.sin(np.arange(_RATE) * (2 * np.pi * _TONE / _RATE)) * _LOUD).astype(np.int16).tobytes()
        for _ in range(int(SECONDS)):
            output_emitter.push(second)
            await asyncio.sleep(_PACE)
        output_emitter.flush()
