"""Holds back the answers of a session while the agent is quiet.

In an STT-LLM-TTS pipeline, each answer of the model passes through the agent's `llm_node` method. A closed gate
replaces this method with a wrapper that returns no answer; the caller's words still go into the chat context. The
answers of a Realtime model do not pass through `llm_node`, so the gate interrupts the speeches of a Realtime model.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from livekit.agents import Agent, AgentSession, FunctionToolsExecutedEvent, ModelSettings, SpeechCreatedEvent, llm
from livekit.agents.voice import SpeechHandle

from offhook.session.inbound.answer_evidence import AnswerEvidence, llm_of
from offhook.session.inbound.current_speech import SPEECH
from offhook.session.outbound.current_line import commanded
from offhook.session.outbound.mute import has_running_tool
from offhook.session.outbound.speech_queue import subscribed

__all__ = ["AnswerGate"]

BY = "quiet"
NODE = "llm_node"
_INTERRUPT = 2.0
"""Maximum seconds to wait until the interrupted speeches have ended."""


class AnswerGate:
    """The gate of one session. An open gate does not change the session or the agents."""

    def __init__(self, session: AgentSession[Any], evidence: AnswerEvidence) -> None:
        self.closed = False
        self._session = session
        self._evidence = evidence
        self._nodes: list[tuple[Agent, Callable[..., Any], Any]] = []
        self._preemptive: dict[str, asyncio.Future[None]] = {}

    def close(self) -> Sequence[SpeechHandle]:
        """Hold back all answers from now on, and interrupt the current and the queued speeches. Return the interrupted
        speeches.

        A speech whose tool is running is not interrupted, because LiveKit would cancel the tool too.
        """
        self.closed = True
        self._session.on("speech_created", self._created)
        self._session.on("function_tools_executed", self._tools_executed)
        self.wrap(self._session.current_agent)
        if not subscribed(self._session) and (client := self._session.room_io.subscribed_fut) is not None:
            # If a speech is interrupted before a participant has subscribed to the agent's audio track, the session
            # stays mute until the end of the call. Therefore the gate waits for the subscription.
            client.add_done_callback(self._on_subscribed)
            return ()
        return self._interrupt_all()

    def open(self) -> None:
        """Let answers pass again. An LLM request that waits for the end of the caller's turn is made now."""
        self.closed = False
        self._session.off("speech_created", self._created)
        self._session.off("function_tools_executed", self._tools_executed)
        for waiting in self._preemptive.values():
            _resolve(waiting)
        self._unwrap()

    def wrap(self, agent: Agent) -> None:
        """Hold back the answers of this agent while the gate is closed."""
        if any(agent is known for known, *_ in self._nodes):
            return
        inner, own = agent.llm_node, vars(agent).get(NODE)

        async def llm_node(chat_ctx: llm.ChatContext, tools: list[llm.Tool], settings: ModelSettings) -> Any:
            if await self._held_back():
                self._evidence.decline(BY)
                return None
            answer: Any = inner(chat_ctx, tools, settings)
            return await answer if asyncio.iscoroutine(answer) else answer

        setattr(agent, NODE, llm_node)
        self._nodes.append((agent, llm_node, own))

    def scheduled(self, speech: str) -> None:
        """Let the preemptive LLM request of this speech go on: LiveKit has scheduled the speech, so the caller's turn
        is complete.
        """
        _resolve(self._preemptive.get(speech))

    async def ended(self, speeches: Sequence[SpeechHandle]) -> None:
        """Wait until these interrupted speeches have ended, for 2 s at most."""
        over = [asyncio.create_task(speech.wait_for_playout(), name="offhook quiet") for speech in speeches]
        if over:
            _, waiting = await asyncio.wait(over, timeout=_INTERRUPT)
            for task in waiting:
                task.cancel()

    async def _held_back(self) -> bool:
        """Return whether this LLM request is held back.

        If the gate is closed, a preemptive request (made before the caller's turn is complete) waits here until the
        turn is complete or the gate opens. If the gate is open after this wait, the turn gets an answer.
        """
        speech = next((one for one in self._evidence.speeches if one.id == SPEECH.get()), None)
        if self.closed and speech is not None and not speech.scheduled:
            waiting = self._preemptive[speech.id] = asyncio.get_running_loop().create_future()
            try:
                await waiting
            finally:
                del self._preemptive[speech.id]
        return self.closed and not commanded()

    def _interrupt_all(self) -> Sequence[SpeechHandle]:
        running = [speech for speech in self._evidence.speeches if not speech.done()]
        kept = [speech for speech in running if speech.scheduled and has_running_tool(speech)]
        stopped = [speech for speech in running if speech.scheduled and speech not in kept]
        for speech in stopped:
            speech.interrupt(force=True)
        if any(not speech.scheduled for speech in running):
            self._cancel_preemptive(kept)
        return stopped

    def _on_subscribed(self, _: asyncio.Future[None]) -> None:
        if self.closed:
            self._interrupt_all()

    def _cancel_preemptive(self, kept: Sequence[SpeechHandle]) -> None:
        """Cancel the preemptive generation, but do not interrupt the speeches in `kept`.

        In livekit-agents 1.8.9, only `AgentSession.interrupt()` discards a preemptive generation. If code interrupts
        only the preemptive speech, the session still uses this interrupted speech at the end of the turn, and the
        caller's message is lost.
        """
        before = [(speech, speech.allow_interruptions) for speech in kept if not speech.interrupted]
        for speech, _ in before:
            speech.allow_interruptions = False
        try:
            self._session.interrupt()
        except RuntimeError:
            pass  # raised if the current speech is one of `kept`; the preemptive generation is already cancelled
        finally:
            for speech, allowed in before:
                speech.allow_interruptions = allowed

    def _created(self, event: SpeechCreatedEvent) -> None:
        if not commanded() and (event.source == "say" or isinstance(llm_of(self._session), llm.RealtimeModel)):
            event.speech_handle.interrupt(force=True)

    def _tools_executed(self, event: FunctionToolsExecutedEvent) -> None:
        if not commanded():
            event.cancel_tool_reply()

    def _unwrap(self) -> None:
        """Restore each agent's own `llm_node`. If other code has wrapped our wrapper, our wrapper stays, and lets all
        answers pass.
        """
        left = []
        for agent, node, own in self._nodes:
            if vars(agent).get(NODE) is not node:
                left.append((agent, node, own))
                continue
            vars(agent).pop(NODE)
            vars(agent).update({NODE: own} if own else {})
        self._nodes = left


def _resolve(future: asyncio.Future[None] | None) -> None:
    if future is not None and not future.done():
        future.set_result(None)
