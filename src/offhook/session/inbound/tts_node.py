"""Wraps the agent's `tts_node`: records the text that the TTS gets, and the length and word times of its audio."""

from collections.abc import AsyncGenerator, AsyncIterable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from livekit import rtc
from livekit.agents import Agent, ModelSettings
from livekit.agents.types import USERDATA_TIMED_TRANSCRIPT
from livekit.agents.voice.io import TimedString

from offhook.session.inbound.agent_taps import overridden
from offhook.session.inbound.answer_evidence import AnswerEvidence
from offhook.session.inbound.closing import closed
from offhook.session.inbound.current_speech import SPEECH

__all__ = ["Synthesis", "TtsNode"]

NODE = "tts_node"


@dataclass(slots=True)
class Synthesis:
    """One text that was given to the TTS, and how much audio the TTS made from this text."""

    text: str = ""
    seconds: float = 0.0
    words: list[tuple[str, float]] = field(default_factory=list)
    """The words for which the TTS gave times, each with its end in seconds from the start of the audio. Empty if the
    TTS gives no times.
    """
    complete: bool = False
    """True if TTS ended its stream without an error and was not stopped."""


class TtsNode:
    """Wraps `tts_node` of every agent of one call."""

    def __init__(self, evidence: AnswerEvidence) -> None:
        self._evidence = evidence
        self._given: dict[str, list[Synthesis]] = {}

    def take(self, speech: str) -> list[Synthesis]:
        """Remove and return the syntheses of this speech so far."""
        return self._given.pop(speech, [])

    def current(self, speech: str) -> Synthesis | None:
        """Return the last synthesis of this speech so far; None if TTS got no text for this speech."""
        return self._given[speech][-1] if self._given.get(speech) else None

    def wrap(self, agent: Agent, inner: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function that replaces this agent's `tts_node`."""

        async def tts_node(text: AsyncIterable[str], settings: ModelSettings) -> Any:
            given, silent = Synthesis(), self._evidence.silent_syntheses
            self._given.setdefault(SPEECH.get(), []).append(given)
            audio = inner(_read(text, given), settings)
            audio = audio if isinstance(audio, AsyncIterable) else await audio
            return self._recorded(agent, audio, given, silent) if isinstance(audio, AsyncIterable) else audio

        return tts_node

    async def _recorded(
        self, agent: Agent, audio: AsyncIterable[rtc.AudioFrame], given: Synthesis, silent: int
    ) -> AsyncGenerator[rtc.AudioFrame, None]:
        """Yield the audio unchanged. If the agent's own `tts_node` gives no audio for a text, and LiveKit reports no
        silent TTS request, record that the agent's code declined the turn.
        """
        async with aclosing(closed(audio)) as frames:
            async for frame in frames:
                given.seconds += frame.duration
                words = frame.userdata.get(USERDATA_TIMED_TRANSCRIPT, ())
                given.words += [(str(word), float(word.end_time)) for word in words if _timed(word)]
                yield frame
        no_audio = given.text.strip() and not given.seconds
        if no_audio and overridden(agent, NODE) and self._evidence.silent_syntheses == silent:
            self._evidence.decline(NODE)
        else:
            given.complete = True


async def _read(text: AsyncIterable[str], given: Synthesis) -> AsyncGenerator[str, None]:
    async for piece in text:
        given.text += piece
        yield piece


def _timed(word: object) -> bool:
    return isinstance(word, TimedString) and isinstance(word.end_time, int | float)
