"""TTS that needs no API key: espeak-ng, from a Python wheel, or Flite if the settings select Flite."""

import asyncio
import uuid
from functools import cache, lru_cache
from typing import Literal, Protocol

import numpy as np
from livekit import rtc
from livekit.agents import APIConnectOptions, tts
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS

from offhook.models.offline.espeak import Espeak
from offhook.models.offline.flite import Flite

__all__ = ["OfflineVoice", "Speaker", "render"]

Speaker = Literal["espeak-ng", "flite"]

_AUDIBLE = 200  # amplitude (maximum 32767); softer samples at the start are the engine's leading silence
_LEAD = 0.02  # seconds of leading silence to keep; Flite adds 0.2 s before every sentence


class Engine(Protocol):
    """A speech synthesizer that returns 16-bit mono samples."""

    name: str
    rate: int

    def speak(self, text: str) -> bytes: ...


def render(text: str, speaker: Speaker = "espeak-ng") -> rtc.AudioFrame:
    """Return the speech of the whole text as one frame. The function needs no session. The last 64 texts are cached."""
    pcm = _pcm(text, speaker)
    return rtc.AudioFrame(pcm, sample_rate=_engine(speaker).rate, num_channels=1, samples_per_channel=len(pcm) // 2)


class OfflineVoice(tts.TTS[str]):
    """TTS on this machine; renders one sentence at a time, in 2 ms (espeak-ng) or 45 ms (Flite)."""

    def __init__(self, speaker: Speaker = "espeak-ng") -> None:
        rate = _engine(speaker).rate
        super().__init__(capabilities=tts.TTSCapabilities(streaming=False), sample_rate=rate, num_channels=1)
        self.speaker = speaker

    @property
    def model(self) -> str:
        return _engine(self.speaker).name

    @property
    def provider(self) -> str:
        return "offline"

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.ChunkedStream:
        return _Speaking(voice=self, text=text, conn_options=conn_options)


class _Speaking(tts.ChunkedStream):
    def __init__(self, *, voice: OfflineVoice, text: str, conn_options: APIConnectOptions) -> None:
        super().__init__(tts=voice, input_text=text, conn_options=conn_options)
        self._speaker = voice.speaker

    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        output_emitter.initialize(
            request_id=uuid.uuid4().hex,
            sample_rate=_engine(self._speaker).rate,
            num_channels=1,
            mime_type="audio/pcm",
        )
        speak = asyncio.get_running_loop().run_in_executor(None, _pcm, self.input_text, self._speaker)
        output_emitter.push(await speak)
        output_emitter.flush()


@cache
def _engine(speaker: Speaker) -> Engine:
    return Flite() if speaker == "flite" else Espeak()


@lru_cache(maxsize=64)  # without a cache, the same text would not always have the same samples
def _pcm(text: str, speaker: Speaker) -> bytes:
    engine = _engine(speaker)
    if not any(letter.isalnum() for letter in text):
        return bytes(int(0.1 * engine.rate) * 2)  # silence, because LiveKit treats a TTS without audio as an error
    samples = np.frombuffer(engine.speak(text), np.int16)
    audible = np.flatnonzero(np.abs(samples.astype(np.int32)) > _AUDIBLE)
    first = max(0, int(audible[0]) - int(_LEAD * engine.rate)) if audible.size else 0
    return samples[first:].tobytes()
