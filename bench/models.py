"""Models without latency: ears that tell two lines apart by their length, rules for a brain, clips for a voice."""

import uuid
from typing import Any

import numpy as np
from livekit import rtc
from livekit.agents import APIConnectOptions, LanguageCode, NotGivenOr, inference, stt, tts
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN
from livekit.agents.utils import AudioBuffer

from bench.clips import ANSWER, CLIP_RATE, GOODBYE, clip
from offhook.models.offline.rules import Reply, Rule, RuleLLM, RuleSet
from offhook.testing.speech import THRESHOLD

__all__ = ["ASK", "BYE", "INTO", "session_options"]

ASK = "what time is it"
BYE = "what are your opening hours"
INTO = "wait one more thing"

_EARS_RATE = 16_000
_LONG = 1.5
"""Seconds of a line that counts as a goodbye: the longest line, so that no torn piece of another one ends a call."""
_PAUSE = 0.2
"""Seconds of quiet after which the line is known; the voice detector takes longer, so nobody waits for these ears."""

_RULES = RuleSet(
    rules=(
        Rule(r"^user:.*\bgoodbye\b", Reply(tool="end_call"), GOODBYE),
        Rule(r"^tool:end_call:.*goodbye", Reply(GOODBYE)),
        Rule(r"^tool:", Reply("")),
    ),
    opening=ANSWER,
    unknown=ANSWER,
)


def session_options() -> dict[str, Any]:
    """Arguments for LiveKit's `AgentSession`, the same for both agents; offhook's own defaults for an offline call."""
    return {
        "vad": inference.VAD(model="silero"),
        "stt": Ears(),
        "llm": RuleLLM(_RULES),
        "tts": Mouth(),
        "turn_handling": {
            "turn_detection": "vad",
            "interruption": {"mode": "vad"},
            "endpointing": {"min_delay": 0.3},
        },
    }


class Ears(stt.STT[str]):
    """Writes down a goodbye for a long line and a question for any other."""

    def __init__(self) -> None:
        super().__init__(capabilities=stt.STTCapabilities(streaming=True, interim_results=False))

    def stream(
        self,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,  # noqa: ARG002  LiveKit's signature
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
    ) -> stt.RecognizeStream:
        return _Listening(stt=self, conn_options=conn_options, sample_rate=_EARS_RATE)

    async def _recognize_impl(
        self,
        buffer: AudioBuffer,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        conn_options: APIConnectOptions,
    ) -> stt.SpeechEvent:
        raise NotImplementedError("these ears listen to a stream only")


class _Listening(stt.RecognizeStream):
    async def _run(self) -> None:
        spoken = quiet = 0.0
        async for frame in self._input_ch:
            if not isinstance(frame, rtc.AudioFrame):
                continue
            pcm = np.frombuffer(frame.data, np.int16).astype(np.float32)
            loud = len(pcm) and float(np.mean(pcm**2)) >= THRESHOLD**2
            if loud:
                spoken, quiet = spoken + quiet + frame.duration, 0.0
            elif spoken:
                quiet += frame.duration
            if quiet >= _PAUSE:
                self._tell(spoken)
                spoken = quiet = 0.0

    def _tell(self, seconds: float) -> None:
        text = "goodbye" if seconds >= _LONG else "what time is it"
        said = stt.SpeechData(language=LanguageCode("en"), text=text, confidence=1.0)
        self._event_ch.send_nowait(stt.SpeechEvent(stt.SpeechEventType.FINAL_TRANSCRIPT, alternatives=[said]))


class Mouth(tts.TTS[str]):
    """Says a clip, all of it at once."""

    def __init__(self) -> None:
        super().__init__(capabilities=tts.TTSCapabilities(streaming=False), sample_rate=CLIP_RATE, num_channels=1)

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.ChunkedStream:
        return _Speaking(tts=self, input_text=text, conn_options=conn_options)


class _Speaking(tts.ChunkedStream):
    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        output_emitter.initialize(
            request_id=uuid.uuid4().hex, sample_rate=CLIP_RATE, num_channels=1, mime_type="audio/pcm"
        )
        output_emitter.push(clip(self.input_text).tobytes())
        output_emitter.flush()
