"""Observes one session: its events, its agents' methods, its LLM requests and its TTS."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from livekit.agents import AgentSession, llm
from livekit.agents.voice import io

from offhook.core.facts import AgentStateChanged, Fact, Warned
from offhook.redaction.redactor import Redactor
from offhook.session.inbound.agent_hooks import AgentHooks
from offhook.session.inbound.agent_taps import AgentTaps
from offhook.session.inbound.answer_evidence import AnswerEvidence
from offhook.session.inbound.away_handler import SecondAsker
from offhook.session.inbound.carried_words import CarriedWords
from offhook.session.inbound.endpointing import endpointing_of
from offhook.session.inbound.events import attach_events
from offhook.session.inbound.kept_events import EventRecord
from offhook.session.inbound.preemptive import PreemptiveAnswers
from offhook.session.inbound.speech_check import SpeechCheck
from offhook.session.inbound.tts_node import TtsNode
from offhook.session.inbound.work_ahead import EarlyTranscripts
from offhook.session.llm_node.node import LlmNode

__all__ = ["SessionTaps"]


class SessionTaps:
    """Turns the events of the session, its agents, its LLM requests and its TTS into facts. The taps must be created
    before the session starts.
    """

    def __init__(
        self,
        session: AgentSession[Any],
        post: Callable[[Fact], None],
        *,
        laddered: Callable[[], bool],
        wrap: Callable[[io.AudioOutput], io.AudioOutput] = lambda sink: sink,
    ) -> None:
        """`wrap` may insert an audio output directly before the last output in the session's chain of audio outputs."""
        if (endpointing := endpointing_of(session)) is not None:
            endpointing.connect(session, post)
            post = _both(endpointing.notice, post)
        self.evidence = AnswerEvidence(session, post)
        self.carried = CarriedWords(session, post)
        self.hooks = AgentHooks(session, post, self.evidence, self.carried)
        self.llm = LlmNode(post, self.evidence)
        self.tts = TtsNode(self.evidence)
        self._second_asker = SecondAsker(laddered)
        self._check = SpeechCheck(session, post, self.tts, wrap)
        self._preemptive = PreemptiveAnswers(post, forget=self.tts.take)
        self.early = EarlyTranscripts(session, lambda: self._preemptive.thrown_away)
        self._agents = AgentTaps(
            session,
            {
                "on_user_turn_completed": self.hooks.wrap_turn,
                "on_enter": self.hooks.wrap_entry,
                "llm_node": self.llm.wrap,
                "tts_node": self.tts.wrap,
            },
        )
        self._post = post
        self._session = session
        self._record = EventRecord(session)
        attach_events(session, self._forward, asyncio.get_running_loop().time, self._before, self._after)

    def notice(self, fact: Fact) -> None:
        """Pass each fact of the call to the taps that need facts."""
        self._agents.notice(fact)
        self.llm.notice(fact)
        self.carried.notice(fact)

    def mask_model(self, redactor: Redactor) -> None:
        """Redact the text that the LLM reads. A Realtime model gets the caller's audio, so nothing can be redacted."""
        self.llm.redactor = redactor
        if isinstance(self._session.llm, llm.RealtimeModel):
            self._post(Warned("OFFHOOK_REDACT=model has no effect on a Realtime model"))

    def _forward(self, fact: Fact) -> None:
        """Post the fact. If the agent's new state is not "speaking", but audio is still played, first set `playing` in
        the fact.
        """
        if isinstance(fact, AgentStateChanged) and fact.state != "speaking" and self._check.playing:
            fact = replace(fact, playing=True)
        self._post(fact)

    def _before(self, event: object) -> tuple[Fact, ...]:
        """Return facts that must be posted before the facts of this event."""
        self._preemptive.take(event)
        self.early.take(event)
        return (*self.evidence.before(event), *self._check.take(event), *self._second_asker.take(event))

    def _after(self, event: object) -> None:
        """Pass the event on to the taps that need it after the session's own handlers."""
        self.evidence.after(event)
        self.early.after(event)
        self._record.after(event)


def _both(first: Callable[[Fact], None], then: Callable[[Fact], None]) -> Callable[[Fact], None]:
    def post(fact: Fact) -> None:
        first(fact)
        then(fact)

    return post
