"""A fake VAD and a fake STT that read the caller's sounds as data instead of audio samples."""

import asyncio
import uuid

from livekit.agents import APIConnectOptions, LanguageCode, NotGivenOr, stt, vad
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN
from livekit.agents.utils import AudioBuffer

from offhook.core.errors import OffhookError
from offhook.testing.simulation.sounds import Line, Sound

__all__ = ["ToldDetector", "ToldRecogniser"]

ONSET = 0.05
"""Seconds of speech before the VAD reports the start of speech."""
SILENCE = 0.25
"""Seconds of silence before the VAD reports the end of speech."""
_STEP = 0.1
_INSTANT = 1e-6
WRITTEN = 0.1
"""Seconds from the end of the speech to the final transcript."""


class ToldDetector(vad.VAD):
    """A VAD that takes speech times from the `Line`, without audio."""

    def __init__(self, line: Line) -> None:
        super().__init__(capabilities=vad.VADCapabilities(update_interval=_STEP))
        self.line = line

    @property
    def model(self) -> str:
        return "told"

    @property
    def provider(self) -> str:
        return "offhook"

    @property
    def min_silence_duration(self) -> float:
        return SILENCE

    def stream(self) -> vad.VADStream:
        return _Detecting(self)


class _Detecting(vad.VADStream):
    def __init__(self, detector: ToldDetector) -> None:
        self._line = detector.line
        self._loop = asyncio.get_running_loop()
        self._sounded = asyncio.Event()
        super().__init__(detector)

    async def _main_task(self) -> None:
        unsubscribe = self._line.subscribe(lambda sound: self._sounded.set() if sound.voice else None)
        if self._until() > self._loop.time():  # LiveKit opens a new stream after a handoff, even during speech
            self._sounded.set()
        try:
            while True:
                await self._sounded.wait()
                self._sounded.clear()
                await self._detect()
        finally:
            unsubscribe()

    def _until(self) -> float:
        """Return the time at which the current speech ends."""
        return max((sound.ends for sound in self._line.sounds if sound.voice), default=0.0)

    async def _detect(self) -> None:
        began = self._loop.time()
        if self._until() - began < ONSET:
            return
        await asyncio.sleep(ONSET)
        self._send(vad.VADEventType.START_OF_SPEECH, began, silence=0.0)
        while True:
            now, until = self._loop.time(), self._until()
            silence = max(0.0, now - until)
            if silence >= SILENCE - 1e-9:
                self._send(vad.VADEventType.INFERENCE_DONE, began, silence=silence, speaking=False)
                self._send(vad.VADEventType.END_OF_SPEECH, began, silence=silence, speaking=False)
                self._sounded.clear()
                return
            self._send(vad.VADEventType.INFERENCE_DONE, began, silence=silence)
            # A sleep shorter than `_INSTANT` can leave the clock unchanged; then this loop would never end.
            await asyncio.sleep(min(_STEP, until - now) if until - now > _INSTANT else until + SILENCE - now)

    def _send(self, kind: vad.VADEventType, began: float, *, silence: float, speaking: bool = True) -> None:
        now = self._loop.time()
        event = vad.VADEvent(
            type=kind,
            samples_index=int(now * 16_000),
            timestamp=now,
            speech_duration=now - silence - began,
            silence_duration=silence,
            speaking=speaking,
            probability=1.0 if speaking and not silence else 0.0,
            raw_accumulated_silence=silence,
            raw_accumulated_speech=0.0 if silence else now - began,
        )
        self._event_ch.send_nowait(event)


class ToldRecogniser(stt.STT[str]):
    """An STT that takes transcripts from the `Line`, without audio."""

    def __init__(self, line: Line) -> None:
        super().__init__(capabilities=stt.STTCapabilities(streaming=True, interim_results=True))
        self.line = line

    @property
    def model(self) -> str:
        return "told"

    @property
    def provider(self) -> str:
        return "offhook"

    def stream(
        self,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,  # noqa: ARG002  # LiveKit's signature; the text needs no language
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
    ) -> stt.RecognizeStream:
        return _Writing(self, conn_options)

    async def _recognize_impl(
        self,
        buffer: AudioBuffer,  # noqa: ARG002  # no audio is read
        *,
        language: NotGivenOr[str] = NOT_GIVEN,  # noqa: ARG002  # LiveKit's signature
        conn_options: APIConnectOptions,  # noqa: ARG002  # there is no connection
    ) -> stt.SpeechEvent:
        raise OffhookError("the simulated STT cannot recognise a recording; use its stream")


class _Writing(stt.RecognizeStream):
    def __init__(self, recogniser: ToldRecogniser, conn_options: APIConnectOptions) -> None:
        super().__init__(stt=recogniser, conn_options=conn_options)
        self._line = recogniser.line
        self._loop = asyncio.get_running_loop()
        self._sounds: asyncio.Queue[Sound] = asyncio.Queue()

    async def _run(self) -> None:
        unsubscribe = self._line.subscribe(lambda sound: self._sounds.put_nowait(sound) if sound.text else None)
        try:
            while True:
                await self._write(await self._sounds.get())
        finally:
            unsubscribe()

    async def _write(self, sound: Sound) -> None:
        kinds, words = stt.SpeechEventType, sound.text.split()
        self._event_ch.send_nowait(stt.SpeechEvent(kinds.START_OF_SPEECH))
        if len(words) > 1:
            await self._until(sound.began + (sound.ends - sound.began) / 2)
            self._send(kinds.INTERIM_TRANSCRIPT, " ".join(words[: (len(words) + 1) // 2]))
        await self._until(sound.ends + WRITTEN)
        if self._line.closed:
            return
        self._send(kinds.FINAL_TRANSCRIPT, sound.text)
        self._event_ch.send_nowait(stt.SpeechEvent(kinds.END_OF_SPEECH))

    async def _until(self, when: float) -> None:
        await asyncio.sleep(max(0.0, when - self._loop.time()))

    def _send(self, kind: stt.SpeechEventType, text: str) -> None:
        said = stt.SpeechData(language=LanguageCode("en"), text=text, confidence=1.0)
        self._event_ch.send_nowait(stt.SpeechEvent(kind, request_id=uuid.uuid4().hex[:8], alternatives=[said]))
