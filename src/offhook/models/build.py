"""The models of one call, made from the choices that the settings come to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from livekit.agents import TurnHandlingOptions, llm, stt, tts, vad

from offhook.choices import Choice, Preset, choices, describe, tell
from offhook.models.ears import Ears
from offhook.models.make import make_llm, make_realtime, make_stt, make_tts, make_vad
from offhook.models.ready import import_plugins, preload_names, require, warm
from offhook.models.turns import turn_handling
from offhook.settings import Settings

__all__ = ["Models", "choose", "describe", "import_plugins", "preload_names", "voice", "warm"]

_LLM_ATTEMPT = 5.0
"""Seconds until the next provider is asked, counted to the connection or to the first word."""
_TTS_RETRIES = 1
"""The first retry comes after 0.1 s and mends a connection that had gone stale; the second would take 2 s more."""


@dataclass(frozen=True, slots=True)
class Models:
    """Ears, brain and voice for one call, and one line that says why these."""

    vad: vad.VAD
    stt: stt.STT[Any] | None  # None: the Realtime model hears for itself
    llm: llm.LLM[Any] | llm.RealtimeModel
    tts: tts.TTS[Any]  # beside a Realtime model it says greetings, questions into a silence and goodbyes
    turn_handling: TurnHandlingOptions
    preset: Preset
    note: str

    @property
    def session(self) -> dict[str, Any]:
        """Keyword arguments for `AgentSession(**models.session)`."""
        ears = {"stt": self.stt} if self.stt is not None else {}
        return {"vad": self.vad, "llm": self.llm, "tts": self.tts, "turn_handling": self.turn_handling, **ears}


def choose(settings: Settings) -> Models:
    """Build the models of one call; run it in the job, where the session is."""
    chosen = choices(settings)
    require(chosen.every)
    ears = make_vad(chosen.vad)
    return Models(
        vad=ears,
        stt=_ears(chosen.stt, ears),
        llm=make_realtime(chosen.realtime) if chosen.realtime is not None else _brain(chosen.llm),
        tts=_voice(chosen.tts),
        turn_handling=turn_handling(settings, chosen),
        preset=chosen.preset,
        note=tell(chosen),
    )


def voice(settings: Settings) -> tts.TTS[Any]:
    """Only the voice of a call, for a sentence that no session can say."""
    chosen = choices(settings)
    require(chosen.tts)
    return _voice(chosen.tts)


def _ears(chosen: Sequence[Choice], ears: vad.VAD) -> stt.STT[Any] | None:
    made = [make_stt(choice, ears) for choice in chosen]
    if len(made) < 2:
        return made[0] if made else None
    return Ears(made, vad=ears)


def _brain(chosen: Sequence[Choice]) -> llm.LLM[Any]:
    made = [make_llm(choice) for choice in chosen]
    return made[0] if len(made) == 1 else llm.FallbackAdapter(made, attempt_timeout=_LLM_ATTEMPT)


def _voice(chosen: Sequence[Choice]) -> tts.TTS[Any]:
    made = [make_tts(choice) for choice in chosen]
    return made[0] if len(made) == 1 else tts.FallbackAdapter(made, max_retry_per_tts=_TTS_RETRIES)
