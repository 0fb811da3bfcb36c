"""A fake TTS: each spoken line has its own speaking rate, and ends with silence."""

import re
import uuid
import zlib

from livekit import rtc
from livekit.agents import APIConnectOptions, tts
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS

from offhook.testing.compare.spec import VoiceSpec
from offhook.testing.simulation.tone_tts import MIN_SECONDS, RATE, ToneTts, tone

__all__ = ["PacedVoice"]


class PacedVoice(ToneTts):
    """The speaking rate of a line depends only on the words of the line, so equal lines have equal audio."""

    simulated = True

    def __init__(self, spec: VoiceSpec) -> None:
        super().__init__(streaming=spec.streaming)
        self.spec = spec

    @property
    def model(self) -> str:
        return "paced"

    def frame(self, text: str) -> rtc.AudioFrame:
        plain = text.strip()
        rate = self.spec.rates[zlib.crc32(plain.encode()) % len(self.spec.rates)]
        return tone(max(MIN_SECONDS, len(plain) / rate), then_silent=self.spec.tail)

    def stream(self, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS) -> tts.SynthesizeStream:
        return _Pieces(tts=self, conn_options=conn_options)


class _Pieces(tts.SynthesizeStream):
    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        output_emitter.initialize(
            request_id=uuid.uuid4().hex, sample_rate=RATE, num_channels=1, mime_type="audio/pcm", stream=True
        )
        output_emitter.start_segment(segment_id=uuid.uuid4().hex)
        text = ""
        async for piece in self._input_ch:
            text += "" if isinstance(piece, self._FlushSentinel) else piece
            *whole, rest = re.split(r"(?<=[.?!])\s", text)
            text = "" if isinstance(piece, self._FlushSentinel) else rest
            for sentence in [*whole, rest] if isinstance(piece, self._FlushSentinel) else whole:
                self._say(output_emitter, sentence)
        self._say(output_emitter, text)
        output_emitter.end_segment()

    def _say(self, output_emitter: tts.AudioEmitter, sentence: str) -> None:
        assert isinstance(self._tts, PacedVoice)
        if sentence.strip():
            self._mark_started()
            output_emitter.push_frame(self._tts.frame(sentence))
