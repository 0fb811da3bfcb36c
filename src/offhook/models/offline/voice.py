"""A voice without a key: Flite where it is installed, else espeak-ng."""

import asyncio
import uuid
from functools import cache, lru_cache
from typing import Protocol

import numpy as np
from livekit import rtc
from livekit.agents import APIConnectOptions, tts
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS

from offhook.models.offline.espeak import Espeak
from offhook.models.offline.flite import Flite

__all__ = ["OfflineVoice", "render"]

_AUDIBLE = 200  # of 32767: quieter is the engine's silence before the first sound
_LEAD = 0.02  # seconds of it that are kept; Flite puts 0.2 s before every sentence


class Engine(Protocol):
    """A program that turns words into 16-bit mono samples."""

    name: str
    rate: int

    def speak(self, text: str) -> bytes: ...


def render(text: str) -> rtc.AudioFrame:
    """The whole text as one frame; needs no session, and the same words give the same samples."""
    pcm = _pcm(text)
    return rtc.AudioFrame(pcm, sample_rate=_engine().rate, num_channels=1, samples_per_channel=len(pcm) // 2)


class OfflineVoice(tts.TTS[str]):
    """Text to speech on this machine, rendered a sentence at a time (Flite 45 ms, espeak-ng 2 ms)."""

    def __init__(self) -> None:
        super().__init__(capabilities=tts.TTSCapabilities(streaming=False), sample_rate=_engine().rate, num_channels=1)

    @property
    def model(self) -> str:
        return _engine().name

    @property
    def provider(self) -> str:
        return "offline"

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.ChunkedStream:
        return _Speaking(tts=self, input_text=text, conn_options=conn_options)


class _Speaking(tts.ChunkedStream):
    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        output_emitter.initialize(
            request_id=uuid.uuid4().hex, sample_rate=_engine().rate, num_channels=1, mime_type="audio/pcm"
        )
        output_emitter.push(await asyncio.get_running_loop().run_in_executor(None, _pcm, self.input_text))
        output_emitter.flush()


@cache
def _engine() -> Engine:
    try:
        return Flite()
    except OSError:  # not installed
        return Espeak()


@lru_cache(maxsize=64)  # espeak-ng never says the same words in the same samples twice
def _pcm(text: str) -> bytes:
    engine = _engine()
    if not any(letter.isalnum() for letter in text):
        return bytes(int(0.1 * engine.rate) * 2)  # nothing to say; LiveKit takes no audio for an error
    samples = np.frombuffer(engine.speak(text), np.int16)
    audible = np.flatnonzero(np.abs(samples.astype(np.int32)) > _AUDIBLE)
    first = max(0, int(audible[0]) - int(_LEAD * engine.rate)) if audible.size else 0
    return samples[first:].tobytes()
