"""A voice that makes no words, only their time: so many letters take so many seconds, always."""

import uuid

import numpy as np
from livekit import rtc
from livekit.agents import APIConnectOptions, tts
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS

__all__ = ["PLEASANT", "TimedVoice", "seconds_of"]

PLEASANT = 15.0
"""Letters a second, as people speak."""
_RATE = 24_000
_LEAST = 0.2
_SOFT = 150
"""Above what counts as sound here, and below what livekit-agents 1.8.9 estimates the pace of speech from, at 1 ms a
frame: its transcripts run at their default pace, always the same.
"""


def seconds_of(text: str) -> float:
    """How long it takes to say this."""
    return max(_LEAST, round(len(text.strip()) / PLEASANT, 2))


class TimedVoice(tts.TTS[str]):
    """Gives a tone of the right length at once."""

    def __init__(self) -> None:
        super().__init__(capabilities=tts.TTSCapabilities(streaming=False), sample_rate=_RATE, num_channels=1)

    @property
    def model(self) -> str:
        return "timed"

    @property
    def provider(self) -> str:
        return "offhook"

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.ChunkedStream:
        return _Speaking(tts=self, input_text=text, conn_options=conn_options)


class _Speaking(tts.ChunkedStream):
    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        output_emitter.initialize(request_id=uuid.uuid4().hex, sample_rate=_RATE, num_channels=1, mime_type="audio/pcm")
        count = round(seconds_of(self.input_text) * _RATE)
        # One frame for all of it: nobody needs the pieces that a voice would come in.
        output_emitter.push_frame(rtc.AudioFrame(np.full(count, _SOFT, np.int16).tobytes(), _RATE, 1, count))
        output_emitter.flush()
