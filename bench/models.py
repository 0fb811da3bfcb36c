"""Models without latency: an STT that tells two spoken lines apart by their length, a rule-based LLM, and a TTS that
plays clips.
"""

import asyncio
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

__all__ = ["ASK", "BYE", "INTO", "ClipTts", "quick_llm", "session_options"]

ASK = "what time is it"
BYE = "what are your opening hours"
INTO = "wait one more thing"

_STT_RATE = 16_000
_LONG = 1.5
"""The STT returns "goodbye" for uninterrupted speech of at least this many seconds. The line `BYE` is such speech. In
the callers' other lines, pauses divide the speech into shorter parts.
"""
_PAUSE = 0.2
"""The STT sends the transcript after this many seconds of silence. The VAD reports the end of speech later than the
STT, so the STT adds no latency.
"""

_RULES = RuleSet(
    rules=(
        Rule(r"^user:.*\bgoodbye\b", Reply(tool="end_call"), GOODBYE),
        Rule(r"^tool:end_call:.*goodbye", Reply(GOODBYE)),
        Rule(r"^tool:", Reply("")),
    ),
    opening=ANSWER,
    unknown=ANSWER,
)


def quick_llm() -> RuleLLM:
    """Return the LLM of the measured agents."""
    return RuleLLM(_RULES)


def session_options() -> dict[str, Any]:
    """Return the `AgentSession` arguments for the agents with and without offhook: the models of this file, and turn
    detection by VAD with a wait of 0.3 s.
    """
    return {
        "vad": inference.VAD(model="silero"),
        "stt": DurationStt(),
        "llm": quick_llm(),
        "tts": ClipTts(),
        "turn_handling": {
            "turn_detection": "vad",
            "interruption": {"mode": "vad"},
            "endpointing": {"min_delay": 0.3},
        },
    }


class DurationStt(stt.STT[str]):
    """An STT that returns "goodbye" for long speech, and a question for shorter speech."""

    def __init__(self) -> None:
        super().__init__(capabilities=stt.STTCapabilities(streaming=True, interim_results=False))

    def stream(
        self,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,  # noqa: ARG002  LiveKit's signature
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
    ) -> stt.RecognizeStream:
        return _Listening(stt=self, conn_options=conn_options, sample_rate=_STT_RATE)

    async def _recognize_impl(
        self,
        buffer: AudioBuffer,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        conn_options: APIConnectOptions,
    ) -> stt.SpeechEvent:
        raise NotImplementedError("this STT recognises streams only")


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
                self._send(spoken)
                spoken = quiet = 0.0

    def _send(self, seconds: float) -> None:
        text = "goodbye" if seconds >= _LONG else "what time is it"
        said = stt.SpeechData(language=LanguageCode("en"), text=text, confidence=1.0)
        self._event_ch.send_nowait(stt.SpeechEvent(stt.SpeechEventType.FINAL_TRANSCRIPT, alternatives=[said]))


class ClipTts(tts.TTS[str]):
    """A TTS that returns the clip of a text as one piece of audio, `after` seconds after the request."""

    def __init__(self, after: float = 0.0) -> None:
        super().__init__(capabilities=tts.TTSCapabilities(streaming=False), sample_rate=CLIP_RATE, num_channels=1)
        self.after = after

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.ChunkedStream:
        return _Speaking(self, text, conn_options)


class _Speaking(tts.ChunkedStream):
    def __init__(self, made: ClipTts, text: str, conn_options: APIConnectOptions) -> None:
        super().__init__(tts=made, input_text=text, conn_options=conn_options)
        self._after = made.after

    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        await asyncio.sleep(self._after)
        output_emitter.initialize(
            request_id=uuid.uuid4().hex, sample_rate=CLIP_RATE, num_channels=1, mime_type="audio/pcm"
        )
        output_emitter.push(clip(self.input_text).tobytes())
        output_emitter.flush()
