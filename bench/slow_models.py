"""Models with the latencies of providers: an STT with interim transcripts, an LLM (400 ms) and a TTS (200 ms)."""

from typing import Any

import numpy as np
from livekit import rtc
from livekit.agents import APIConnectOptions, LanguageCode, NotGivenOr, inference, stt
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN
from livekit.agents.utils import AudioBuffer

from bench.clips import ANSWER
from bench.models import ASK, ClipTts
from offhook.models.offline.rules import RuleLLM, RuleSet
from offhook.testing.speech import RATE, THRESHOLD, load, voiced

__all__ = ["FINALS", "slow_options"]

FINALS = {"": 0.25, "late": 0.8}
"""Maps the metadata of a call to the seconds from the end of speech to the final transcript. 0.25 s is the median of
Deepgram's Nova-3.
"""
INTERIM = 0.1
"""Seconds from the end of a word to the interim transcript with this word."""
_LLM, _TTS = 0.4, 0.2
_STT_RATE = 16_000
_WORDS = ["What", "time", "is", "it?"]


def slow_options(final: float) -> dict[str, Any]:
    """Return the `AgentSession` arguments for the agents with and without offhook: the models of this file, and turn
    detection by VAD with a wait of 0.3 s.
    """
    return {
        "vad": inference.VAD(model="silero"),
        "stt": WordStt(final),
        "llm": RuleLLM(RuleSet(rules=(), opening=ANSWER, unknown=ANSWER), delay=_LLM),
        "tts": ClipTts(_TTS),
        "turn_handling": {
            "turn_detection": "vad",
            "interruption": {"mode": "vad"},
            "endpointing": {"min_delay": 0.3},
        },
    }


class WordStt(stt.STT[str]):
    """An STT that returns the measured question word by word as interim transcripts, then the final transcript."""

    def __init__(self, final: float) -> None:
        super().__init__(capabilities=stt.STTCapabilities(streaming=True, interim_results=True))
        first, last = voiced(load(ASK))
        self.seconds = (last - first) / RATE
        self.final = final

    def stream(
        self,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,  # noqa: ARG002  LiveKit's signature
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
    ) -> stt.RecognizeStream:
        return _Listening(self, conn_options)

    async def _recognize_impl(
        self,
        buffer: AudioBuffer,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        conn_options: APIConnectOptions,
    ) -> stt.SpeechEvent:
        raise NotImplementedError("this STT recognises streams only")


class _Listening(stt.RecognizeStream):
    def __init__(self, made: WordStt, conn_options: APIConnectOptions) -> None:
        super().__init__(stt=made, conn_options=conn_options, sample_rate=_STT_RATE)
        self._ends = [made.seconds * (number + 1) / len(_WORDS) + INTERIM for number in range(len(_WORDS))]
        self._final = made.seconds + made.final

    async def _run(self) -> None:
        elapsed, sent = 0.0, 0
        async for frame in self._input_ch:
            if not isinstance(frame, rtc.AudioFrame):
                continue
            if not elapsed and not _loud(frame):
                continue
            elapsed += frame.duration
            if sent < len(_WORDS) and elapsed >= self._ends[sent]:
                sent += 1
                self._send(stt.SpeechEventType.INTERIM_TRANSCRIPT, " ".join(_WORDS[:sent]))
            if elapsed >= self._final:
                self._send(stt.SpeechEventType.FINAL_TRANSCRIPT, " ".join(_WORDS))
                elapsed, sent = 0.0, 0

    def _send(self, kind: stt.SpeechEventType, text: str) -> None:
        said = stt.SpeechData(language=LanguageCode("en"), text=text, confidence=1.0)
        self._event_ch.send_nowait(stt.SpeechEvent(kind, alternatives=[said]))


def _loud(frame: rtc.AudioFrame) -> bool:
    pcm = np.frombuffer(frame.data, np.int16).astype(np.float32)
    return len(pcm) > 0 and float(np.mean(pcm**2)) >= THRESHOLD**2
