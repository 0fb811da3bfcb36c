"""A fake TTS that plays a tone as long as the spoken words would take; the same text always takes the same time."""

import uuid

import numpy as np
from livekit import rtc
from livekit.agents import APIConnectOptions, tts
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS

__all__ = ["CHARS_PER_SECOND", "MIN_SECONDS", "RATE", "ToneTts", "seconds_of", "tone"]

CHARS_PER_SECOND = 15.0
"""Characters per second of normal speech."""
RATE = 24_000
MIN_SECONDS = 0.2
_LEVEL = 150
"""The amplitude of the tone. The tone is loud enough to count as audible in a simulation.

livekit-agents 1.8.9 estimates the speaking rate only from audio louder than this tone, so LiveKit always sends the
transcripts of this TTS at the default rate.
"""


def seconds_of(text: str) -> float:
    """Return the duration of this text as speech, in seconds."""
    return max(MIN_SECONDS, round(len(text.strip()) / CHARS_PER_SECOND, 2))


def tone(seconds: float, *, then_silent: float = 0.0) -> rtc.AudioFrame:
    """Return a tone and then silence. Both lengths are in seconds, and are rounded to hundredths of a second."""
    sounding, silent = (round(length * 100) * RATE // 100 for length in (seconds, then_silent))
    pcm = np.zeros(sounding + silent, np.int16)
    pcm[:sounding] = _LEVEL
    return rtc.AudioFrame(pcm.tobytes(), RATE, 1, len(pcm))


class ToneTts(tts.TTS[str]):
    """Returns a tone of the right length at once. A subclass may override `frame` to make other audio."""

    def __init__(self, *, streaming: bool = False) -> None:
        super().__init__(capabilities=tts.TTSCapabilities(streaming=streaming), sample_rate=RATE, num_channels=1)

    @property
    def model(self) -> str:
        return "timed"

    @property
    def provider(self) -> str:
        return "offhook"

    def frame(self, text: str) -> rtc.AudioFrame:
        """Return the audio of this text, in one frame: simulations do not need smaller frames."""
        return tone(seconds_of(text))

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.ChunkedStream:
        return _Speaking(self, text, conn_options)


class _Speaking(tts.ChunkedStream):
    def __init__(self, voice: ToneTts, text: str, conn_options: APIConnectOptions) -> None:
        super().__init__(tts=voice, input_text=text, conn_options=conn_options)
        self._voice = voice

    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        output_emitter.initialize(request_id=uuid.uuid4().hex, sample_rate=RATE, num_channels=1, mime_type="audio/pcm")
        output_emitter.push_frame(self._voice.frame(self.input_text))
        output_emitter.flush()
