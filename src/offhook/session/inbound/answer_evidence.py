"""Reads the state of an answer from LiveKit's objects (speeches, tools, current agent) and posts facts."""

import asyncio
from collections.abc import Callable
from typing import Any, Literal

from livekit.agents import Agent, AgentSession, AgentTask, utils
from livekit.agents.llm import AgentHandoff as HandoffItem
from livekit.agents.llm import ChatMessage, RealtimeModel
from livekit.agents.metrics import LLMMetrics, TTSMetrics
from livekit.agents.voice import SpeechHandle, events

from offhook.core.facts import AgentHandoff, Fact, SpeechCreated, SpeechEnded, TurnCommitted, TurnDeclined
from offhook.session.inbound.current_speech import SPEECH
from offhook.session.inbound.events import busy
from offhook.session.inbound.tool_outcome import ToolOutcomes

__all__ = ["PRIVATE", "AnswerEvidence", "llm_of"]

PRIVATE = "_interrupt_source"
"""The attribute of a `SpeechHandle` that has the cause of an interruption; livekit-agents 1.8.9 has no public attribute
for the cause.
"""
_SOURCES: dict[str | None, Literal["sound", "turn", "code"]] = {"audio_activity": "sound", "user_turn": "turn"}


class AnswerEvidence:
    """Collects evidence about the answers in one phone or web call. Call `before` with each session event before the
    session's handlers run, and call `after` with the same event after the handlers have run.
    """

    def __init__(self, session: AgentSession[Any], post: Callable[[Fact], None]) -> None:
        self._session = session
        self._post = post
        self._pending: list[tuple[SpeechHandle, Literal["say", "generate_reply"]]] = []
        self._open: dict[str, tuple[SpeechHandle, Agent | None]] = {}
        self._declined: dict[str, str] = {}
        self._agents: list[Agent] = []
        self._tools = ToolOutcomes()
        self._committed = False
        self.empty_requests = 0
        self.silent_syntheses = 0

    @property
    def speeches(self) -> list[SpeechHandle]:
        """The speeches that have not ended, including preemptive speeches."""
        return [speech for speech, _ in (*self._open.values(), *self._pending)]

    def before(self, event: object) -> tuple[Fact, ...]:
        """Return the facts to post before the event's own facts."""
        scheduled = self._scheduled()
        match event:
            case events.SpeechCreatedEvent(speech_handle=handle, source=source):
                SPEECH.set(handle.id)
                self._pending.append((handle, source))
                handle.add_done_callback(self._ended)
                # LiveKit schedules a speech that is not preemptive right after this event, so post its facts in the
                # next iteration of the event loop.
                asyncio.get_running_loop().call_soon(lambda: [self._post(fact) for fact in self._scheduled()])
            case events.ToolExecutionUpdatedEvent(update=events.ToolCallStarted(function_call=call)):
                self._tools.started(call.call_id, call.name)
            case events.ToolExecutionUpdatedEvent(update=events.ToolCallEnded(call_id=call_id)):
                self._tools.ended(call_id)
            case events.MetricsCollectedEvent(metrics=LLMMetrics(ttft=first)) if first < 0:
                self.empty_requests += 1
            case events.MetricsCollectedEvent(metrics=TTSMetrics(audio_duration=seconds)) if seconds <= 0:
                self.silent_syntheses += 1
            case events.ConversationItemAddedEvent(item=ChatMessage(role="user")):
                return (*scheduled, *self._user_item())
            case events.ConversationItemAddedEvent(item=HandoffItem() as handoff):
                return (*scheduled, *self._handoff(handoff))
        return scheduled

    def after(self, event: object) -> None:
        """Post `TurnDeclined` if a tool declined the reply. Call this method after all handlers of the event, because a
        handler may cancel the reply.
        """
        if isinstance(event, events.FunctionToolsExecutedEvent) and (tool := self._tools.declined(event)):
            handle = self._session.current_speech
            if handle is None or not handle.interrupted:
                self._post(TurnDeclined(f"tool {tool}", speech=handle.id if handle is not None else ""))

    def committed(self) -> None:
        """Record that `on_user_turn_completed` was called, so that the user message of this turn does not give a second
        `TurnCommitted`.
        """
        self._committed = True

    def decline(self, by: str) -> None:
        """Post `TurnDeclined`, because the agent's code gives no answer in the current speech.

        For a preemptive speech, the fact is posted when LiveKit schedules the speech.
        """
        speech = SPEECH.get()
        if speech in self._open:
            self._post(TurnDeclined(by, speech=speech))
        else:
            self._declined[speech] = by

    def _user_item(self) -> tuple[Fact, ...]:
        """Return `TurnCommitted` for a user message if the model is a Realtime model and this turn has no
        `TurnCommitted` yet.

        With a Realtime model's own turn detection, the user message is the only sign of the end of turn.
        """
        committed, self._committed = self._committed, False
        return () if committed or not isinstance(llm_of(self._session), RealtimeModel) else (TurnCommitted(),)

    def _handoff(self, handoff: HandoffItem) -> tuple[Fact, ...]:
        """Update the stack of agents and `AgentTask`s. Return the handoff as a fact, except when the first agent
        starts.
        """
        agent = self._session.current_agent
        if agent in self._agents:
            del self._agents[self._agents.index(agent) + 1 :]
        elif isinstance(agent, AgentTask) and self._agents:
            self._agents.append(agent)
        else:
            self._agents[-1:] = [agent]
        if handoff.old_agent_id is None:
            return ()
        return (AgentHandoff(handoff.new_agent_id, depth=len(self._agents) - 1),)

    def _scheduled(self) -> tuple[Fact, ...]:
        """Return the facts about newly scheduled speeches. A preemptive speech that LiveKit discards gets no facts."""
        now = [pending for pending in self._pending if pending[0].scheduled]
        facts: list[Fact] = []
        for handle, source in now:
            self._pending.remove((handle, source))
            self._open[handle.id] = (handle, self._agent())
            facts.append(SpeechCreated(handle.id, source))
            if by := self._declined.pop(handle.id, ""):
                facts.append(TurnDeclined(by, speech=handle.id))
        return tuple(facts)

    def _ended(self, handle: SpeechHandle) -> None:
        """Post `SpeechEnded`, but only if the speech was scheduled."""
        self._pending = [pending for pending in self._pending if pending[0] is not handle]
        self._declined.pop(handle.id, None)
        if handle.id not in self._open:
            return
        _, agent = self._open.pop(handle.id)
        source = _SOURCES.get(getattr(handle, PRIVATE, None), "code")
        error = handle.exception()
        self._post(
            SpeechEnded(
                handle.id,
                interrupted=source if handle.interrupted else "",
                error=f"{type(error).__name__}: {error}"[:500] if error is not None else "",
                handoff=agent is not self._agent(),
                busy=busy(error),
            )
        )

    def _agent(self) -> Agent | None:
        try:
            return self._session.current_agent
        except RuntimeError:  # the session has not started, or is closed
            return None


def llm_of(session: AgentSession[Any]) -> object:
    """Return the LLM of the current agent; None if there is no LLM."""
    agent = session.current_agent
    return agent.llm if utils.is_given(agent.llm) else session.llm
