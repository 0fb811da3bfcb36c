"""Counts the answers that begin before the caller's turn is complete, and how many of these answers are thrown away."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from livekit.agents.metrics import LLMMetrics, TTSMetrics
from livekit.agents.voice import SpeechHandle, events

from offhook.core.facts import Fact, PreemptiveAnswer

__all__ = ["PreemptiveAnswers"]


@dataclass(slots=True)
class _Begun:
    """An answer that began before the turn was complete, with the usage that the providers have reported so far."""

    speech: SpeechHandle
    at: float
    early: bool
    input_tokens: int = 0
    output_tokens: int = 0
    characters: int = 0


class PreemptiveAnswers:
    """The preemptive answers of one session. Call `take` with each event before the session's handlers run."""

    def __init__(self, post: Callable[[Fact], None], forget: Callable[[str], object]) -> None:
        """`forget` is called with the id of each speech that was thrown away."""
        self._post = post
        self._forget = forget
        self._open: dict[str, _Begun] = {}
        self._interim = False
        self.thrown_away = 0
        """How many answers that began on an interim transcript were thrown away."""

    def take(self, event: object) -> None:
        """Track the answers that this session event begins, uses or discards."""
        for begun in [one for one in self._open.values() if one.speech.scheduled]:
            self._close(begun)
        match event:
            case events.UserInputTranscribedEvent(is_final=final):
                self._interim = not final
            case events.SpeechCreatedEvent(speech_handle=speech, source="generate_reply"):
                begun = _Begun(speech, asyncio.get_running_loop().time(), self._interim)
                # LiveKit schedules a speech that is not preemptive right after this event. If the speech is still not
                # scheduled in the next iteration of the event loop, the speech is preemptive.
                asyncio.get_running_loop().call_soon(self._open_if_preemptive, begun)
            case events.MetricsCollectedEvent(metrics=LLMMetrics() | TTSMetrics() as metrics):
                self._add_usage(metrics)

    def _open_if_preemptive(self, begun: _Begun) -> None:
        if not begun.speech.scheduled:
            self._open[begun.speech.id] = begun
            begun.speech.add_done_callback(lambda _: self._close(begun))

    def _add_usage(self, metrics: LLMMetrics | TTSMetrics) -> None:
        begun = self._open.get(metrics.speech_id or "")
        if begun is None:
            return
        if isinstance(metrics, LLMMetrics):
            begun.input_tokens += metrics.prompt_tokens
            begun.output_tokens += metrics.completion_tokens
        else:
            begun.characters += metrics.characters_count

    def _close(self, begun: _Begun) -> None:
        """Post a fact, except in LiveKit's usual case: the answer began on the final transcript and is used."""
        if self._open.pop(begun.speech.id, None) is None:
            return
        used = begun.speech.scheduled
        self.thrown_away += begun.early and not used
        if not used:
            self._forget(begun.speech.id)
        if begun.early or not used:
            cost = (0, 0, 0) if used else (begun.input_tokens, begun.output_tokens, begun.characters)
            lead = round(asyncio.get_running_loop().time() - begun.at, 3)
            self._post(PreemptiveAnswer(begun.speech.id, used, begun.early, lead, *cost))
