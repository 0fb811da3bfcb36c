"""Builds the models of one call from the providers that the settings select."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from livekit.agents import TurnHandlingOptions, llm, stt, tts, vad

from offhook.models.factory import make_llm, make_realtime, make_stt, make_tts, make_vad
from offhook.models.made import remember_members
from offhook.models.preload import import_plugins, preload_names, preload_plugins, require
from offhook.models.stt_fallback import SttFallback
from offhook.models.turn_detection import turn_handling
from offhook.selection import Choice, Preset, describe, select_models, summary
from offhook.settings import Settings

__all__ = [
    "Models",
    "build_tts",
    "choose",
    "describe",
    "import_plugins",
    "join_llms",
    "preload_names",
    "preload_plugins",
]

_LLM_ATTEMPT = 5.0
"""Timeout in seconds for an LLM's server: it must accept the connection in this time, and then send the first token in
this time. After a timeout, the next LLM gets the request.
"""
_TTS_RETRIES = 1
"""How many times a failed TTS is tried again before the next TTS is used. The first retry follows after 0.1 s and
replaces a stale connection. A second retry would follow only after 2 s more.
"""


@dataclass(frozen=True, slots=True)
class Models:
    """The models of one call, and a note that says why these models were selected."""

    vad: vad.VAD
    stt: stt.STT[Any] | None  # None with a Realtime model, which takes the audio itself
    llm: llm.LLM[Any] | llm.RealtimeModel
    tts: tts.TTS[Any]  # a Realtime model needs a TTS for greetings, silence prompts and goodbyes
    turn_handling: TurnHandlingOptions
    preset: Preset
    note: str

    @property
    def session(self) -> dict[str, Any]:
        """Keyword arguments for `AgentSession(**models.session)`."""
        stt_argument = {"stt": self.stt} if self.stt is not None else {}
        return {"vad": self.vad, "llm": self.llm, "tts": self.tts, "turn_handling": self.turn_handling, **stt_argument}


def choose(settings: Settings) -> Models:
    """Build the models of one call. Call this function in the job process, in which the session runs."""
    chosen = select_models(settings)
    require(chosen.every)
    speech_detector = make_vad(chosen.vad)
    return Models(
        vad=speech_detector,
        stt=_build_stt(chosen.stt, speech_detector),
        llm=make_realtime(chosen.realtime)
        if chosen.realtime is not None
        else join_llms([make_llm(choice) for choice in chosen.llm]),
        tts=_build_tts(chosen.tts),
        turn_handling=turn_handling(settings, chosen),
        preset=chosen.preset,
        note=summary(chosen),
    )


def build_tts(settings: Settings) -> tts.TTS[Any]:
    """Build only the TTS of a call, for lines that are played while there is no session."""
    chosen = select_models(settings)
    require(chosen.tts)
    return _build_tts(chosen.tts)


def _build_stt(chosen: Sequence[Choice], speech_detector: vad.VAD) -> stt.STT[Any] | None:
    made = [make_stt(choice, speech_detector) for choice in chosen]
    if len(made) < 2:
        return made[0] if made else None
    adapter = SttFallback(made, vad=speech_detector)
    remember_members(adapter, made)
    return adapter


def join_llms(made: Sequence[llm.LLM[Any]]) -> llm.LLM[Any]:
    """Return one LLM that uses these LLMs in this order. When an LLM fails, the next LLM gets the request."""
    if len(made) == 1:
        return made[0]
    adapter = llm.FallbackAdapter(list(made), attempt_timeout=_LLM_ATTEMPT)
    remember_members(adapter, made)
    return adapter


def _build_tts(chosen: Sequence[Choice]) -> tts.TTS[Any]:
    made = [make_tts(choice) for choice in chosen]
    if len(made) == 1:
        return made[0]
    adapter = tts.FallbackAdapter(made, max_retry_per_tts=_TTS_RETRIES)
    remember_members(adapter, made)
    return adapter
