"""Speech recognition without a key: PocketSphinx with its own English models, while the caller speaks."""

import asyncio
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from livekit import rtc
from livekit.agents import APIConnectOptions, LanguageCode, NotGivenOr, stt, vad
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN
from livekit.agents.utils import AudioBuffer
from livekit.agents.vad import VADEventType

from offhook.models.offline.decoders import RATE, SHARED, Decoders, Ears

__all__ = ["PocketSphinx"]

P = ParamSpec("P")
T = TypeVar("T")
INTERIM_EVERY = 8  # windows of 32 ms


class PocketSphinx(stt.STT[str]):
    """English speech to text on this machine; `phrases` narrows it to those sentences."""

    def __init__(self, *, vad: vad.VAD, phrases: Sequence[str] = ()) -> None:
        super().__init__(capabilities=stt.STTCapabilities(streaming=True, interim_results=True))
        self.vad = vad
        self.decoders = Decoders(phrases) if phrases else SHARED
        self.thread = ThreadPoolExecutor(1, thread_name_prefix="pocketsphinx")

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
        return _Listening(self, conn_options)

    async def _recognize_impl(
        self,
        buffer: AudioBuffer,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,  # noqa: ARG002  LiveKit's signature; there is one language
        conn_options: APIConnectOptions,  # noqa: ARG002  nothing is connected to
    ) -> stt.SpeechEvent:
        pcm = _resampled(rtc.combine_audio_frames(buffer))

        def recognise() -> str:
            ears = self.decoders.take()
            ears.begin(pcm)
            text = ears.end()
            self.decoders.give(ears)
            return text

        text = await asyncio.get_running_loop().run_in_executor(self.thread, recognise)
        return stt.SpeechEvent(stt.SpeechEventType.FINAL_TRANSCRIPT, alternatives=[_said(text)])


class _Listening(stt.RecognizeStream):
    """Decodes between the VAD's start and end of speech, so that little is left to do at the end."""

    def __init__(self, recogniser: PocketSphinx, conn_options: APIConnectOptions) -> None:
        super().__init__(stt=recogniser, conn_options=conn_options, sample_rate=RATE)
        self._recogniser = recogniser
        self._utterance = ""
        self._seconds = 0.0

    async def _run(self) -> None:
        windows = self._recogniser.vad.stream()
        ears = await self._on_thread(self._recogniser.decoders.take)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._forward(windows), name="pocketsphinx input")
                tasks.create_task(self._listen(windows, ears), name="pocketsphinx output")
        finally:
            # Behind the last decoding, which a cancelled task leaves running on the thread.
            self._recogniser.thread.submit(self._give_back, ears)
            await windows.aclose()

    async def _forward(self, windows: vad.VADStream) -> None:
        async for frame in self._input_ch:
            if isinstance(frame, rtc.AudioFrame):
                windows.push_frame(frame)
        windows.end_input()

    async def _listen(self, windows: vad.VADStream, ears: Ears) -> None:
        heard = 0
        async for event in windows:
            pcm = b"".join(bytes(frame.data) for frame in event.frames)
            if event.type is VADEventType.START_OF_SPEECH:
                self._utterance, heard = f"sphinx-{uuid.uuid4().hex[:8]}", 0
                self._seconds = len(pcm) / 2 / RATE
                self._send(stt.SpeechEventType.START_OF_SPEECH)
                await self._on_thread(ears.begin, pcm)
            elif event.type is VADEventType.END_OF_SPEECH:
                await self._finish(ears)
            elif self._utterance:
                heard += 1
                self._seconds += len(pcm) / 2 / RATE
                await self._on_thread(ears.hear, pcm)
                if heard % INTERIM_EVERY == 0 and (text := await self._on_thread(ears.understood)):
                    self._send(stt.SpeechEventType.INTERIM_TRANSCRIPT, text)
        if self._utterance:
            await self._finish(ears)

    async def _finish(self, ears: Ears) -> None:
        if text := await self._on_thread(ears.end):
            self._send(stt.SpeechEventType.FINAL_TRANSCRIPT, text)
        self._send(stt.SpeechEventType.END_OF_SPEECH)
        usage = stt.RecognitionUsage(audio_duration=self._seconds)
        self._event_ch.send_nowait(
            stt.SpeechEvent(stt.SpeechEventType.RECOGNITION_USAGE, self._utterance, recognition_usage=usage)
        )
        self._utterance = ""

    def _give_back(self, ears: Ears) -> None:
        if self._utterance:
            ears.end()
        self._recogniser.decoders.give(ears)

    def _send(self, kind: stt.SpeechEventType, text: str = "") -> None:
        self._event_ch.send_nowait(stt.SpeechEvent(kind, self._utterance, [_said(text)] if text else []))

    async def _on_thread(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._recogniser.thread, lambda: work(*args, **kwargs))


def _said(text: str) -> stt.SpeechData:
    return stt.SpeechData(language=LanguageCode("en"), text=text, confidence=1.0 if text else 0.0)


def _resampled(frame: rtc.AudioFrame) -> bytes:
    if frame.sample_rate == RATE:
        return bytes(frame.data)
    resampler = rtc.AudioResampler(frame.sample_rate, RATE)
    return b"".join(bytes(part.data) for part in [*resampler.push(frame), *resampler.flush()])
