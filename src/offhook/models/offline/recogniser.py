"""STT that needs no API key: PocketSphinx with its own English models. PocketSphinx decodes while the caller speaks."""

import asyncio
import uuid
from collections.abc import Sequence

from livekit import rtc
from livekit.agents import APIConnectOptions, LanguageCode, NotGivenOr, stt, vad
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN
from livekit.agents.utils import AudioBuffer
from livekit.agents.vad import VADEventType

from offhook.models.offline.decoders import RATE, DecoderThread, SphinxDecoder

__all__ = ["PocketSphinx"]

INTERIM_EVERY = 8  # the number of windows of 32 ms between two interim transcripts


class PocketSphinx(stt.STT[str]):
    """English STT that runs on this machine. If `phrases` is not empty, the STT recognises only these sentences."""

    def __init__(self, *, vad: vad.VAD, phrases: Sequence[str] = ()) -> None:
        super().__init__(capabilities=stt.STTCapabilities(streaming=True, interim_results=True))
        self.vad = vad
        self.thread = DecoderThread(phrases, "pocketsphinx")
        self.decoders = self.thread.decoders

    @property
    def model(self) -> str:
        return "pocketsphinx-en-us"

    @property
    def provider(self) -> str:
        return "offline"

    def stream(
        self,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,  # noqa: ARG002  LiveKit's signature; there is one language
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
    ) -> stt.RecognizeStream:
        return _SphinxStream(self, conn_options)

    async def _recognize_impl(
        self,
        buffer: AudioBuffer,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,  # noqa: ARG002  LiveKit's signature; there is one language
        conn_options: APIConnectOptions,  # noqa: ARG002  there is no connection
    ) -> stt.SpeechEvent:
        pcm = _resampled(rtc.combine_audio_frames(buffer))

        def recognise() -> str:
            decoder = self.decoders.take()
            decoder.begin(pcm)
            text = decoder.end()
            self.decoders.give(decoder)
            return text

        text = await self.thread.run(recognise)
        return stt.SpeechEvent(stt.SpeechEventType.FINAL_TRANSCRIPT, alternatives=[_speech_data(text)])


class _SphinxStream(stt.RecognizeStream):
    """Decodes audio as it arrives, from the start to the end of speech that the VAD reports."""

    def __init__(self, recogniser: PocketSphinx, conn_options: APIConnectOptions) -> None:
        super().__init__(stt=recogniser, conn_options=conn_options, sample_rate=RATE)
        self._recogniser = recogniser
        self._on_thread = recogniser.thread.run
        self._utterance = ""
        self._seconds = 0.0

    async def _run(self) -> None:
        windows = self._recogniser.vad.stream()
        decoder = await self._on_thread(self._recogniser.decoders.take)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._forward(windows), name="pocketsphinx input")
                tasks.create_task(self._decode(windows, decoder), name="pocketsphinx output")
        finally:
            self._recogniser.thread.give_back(decoder)
            await windows.aclose()

    async def _forward(self, windows: vad.VADStream) -> None:
        async for frame in self._input_ch:
            if isinstance(frame, rtc.AudioFrame):
                windows.push_frame(frame)
        windows.end_input()

    async def _decode(self, windows: vad.VADStream, decoder: SphinxDecoder) -> None:
        count = 0
        async for event in windows:
            pcm = b"".join(bytes(frame.data) for frame in event.frames)
            if event.type is VADEventType.START_OF_SPEECH:
                self._utterance, count = f"sphinx-{uuid.uuid4().hex[:8]}", 0
                self._seconds = len(pcm) / 2 / RATE
                self._send(stt.SpeechEventType.START_OF_SPEECH)
                await self._on_thread(decoder.begin, pcm)
            elif event.type is VADEventType.END_OF_SPEECH:
                await self._finish(decoder)
            elif self._utterance:
                count += 1
                self._seconds += len(pcm) / 2 / RATE
                await self._on_thread(decoder.hear, pcm)
                if count % INTERIM_EVERY == 0 and (text := await self._on_thread(decoder.understood)):
                    self._send(stt.SpeechEventType.INTERIM_TRANSCRIPT, text)
        if self._utterance:
            await self._finish(decoder)

    async def _finish(self, decoder: SphinxDecoder) -> None:
        if text := await self._on_thread(decoder.end):
            self._send(stt.SpeechEventType.FINAL_TRANSCRIPT, text)
        self._send(stt.SpeechEventType.END_OF_SPEECH)
        usage = stt.RecognitionUsage(audio_duration=self._seconds)
        self._event_ch.send_nowait(
            stt.SpeechEvent(stt.SpeechEventType.RECOGNITION_USAGE, self._utterance, recognition_usage=usage)
        )
        self._utterance = ""

    def _send(self, kind: stt.SpeechEventType, text: str = "") -> None:
        self._event_ch.send_nowait(stt.SpeechEvent(kind, self._utterance, [_speech_data(text)] if text else []))


def _speech_data(text: str) -> stt.SpeechData:
    return stt.SpeechData(language=LanguageCode("en"), text=text, confidence=1.0 if text else 0.0)


def _resampled(frame: rtc.AudioFrame) -> bytes:
    if frame.sample_rate == RATE:
        return bytes(frame.data)
    resampler = rtc.AudioResampler(frame.sample_rate, RATE)
    return b"".join(bytes(part.data) for part in [*resampler.push(frame), *resampler.flush()])
