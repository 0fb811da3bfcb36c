"""Implements `forget`: after `forget`, no new LLM request contains the earlier conversation, even if LiveKit makes the
request from a copy of a context.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from livekit.agents import AgentSession, AgentTask
from livekit.agents.voice import SpeechHandle

from offhook.core.facts import (
    ActionFailed,
    AgentHandoff,
    AgentStateChanged,
    ContextReset,
    Fact,
    MessageCommitted,
    SessionClosed,
    SessionStarted,
    SpeechRedacted,
    ToolEnded,
    ToolStarted,
)
from offhook.session.context.contexts import Contexts
from offhook.session.context.realtime_capabilities import Outcome
from offhook.session.context.renewal import PlaceholderAgent
from offhook.session.context.update import RENEWAL_WAIT, ModelUpdater
from offhook.session.inbound.events import on_speech

__all__ = ["Forgetting", "Redact"]

Redact = Callable[[], Awaitable[bool]]
"""Removes the conversation's words from all journal records that exist now. Returns True if no copy is left there."""
Begin = Callable[[Coroutine[Any, Any, Any], str], "asyncio.Task[Any]"]

REPORT_AFTER = 5.0
"""If words are still in the journal's files after this many seconds, the fact `ActionFailed` reports that."""


class Forgetting:
    """Forgets the conversation of one call, and posts `SpeechRedacted` once no copy is left."""

    def __init__(
        self,
        session: AgentSession[Any],
        post: Callable[[Fact], None],
        model: ModelUpdater,
        *,
        redact: Redact,
        begin: Begin,
    ) -> None:
        self._session = session
        self._post = post
        self._model = model
        self._redact = redact
        self._begin = begin
        self._contexts = Contexts(session)
        self._speeches: list[SpeechHandle] = []
        self._running: set[str] = set()
        self._deferred = 0
        self._taken_over = asyncio.Event()
        on_speech(session, self._created)

    def notice(self, fact: Fact) -> None:
        """Track the current agent and the running tools. Clean the contexts again, because LiveKit may have copied
        forgotten items into them.
        """
        match fact:
            case ToolStarted(id=id_):
                self._running.add(id_)
            case ToolEnded(id=id_):
                self._running.discard(id_)
            case SessionStarted() | AgentHandoff():
                self._take_over(handoff=isinstance(fact, AgentHandoff))
            case AgentStateChanged() | MessageCommitted() if self._contexts.any_forgotten:
                self._contexts.clean()
            case SessionClosed() if self._contexts.any_forgotten:
                self._contexts.clean()
                self._contexts.unwrap_llm_nodes()

    async def forget(self, *, by: str) -> Outcome:
        """Forget the conversation up to now. While answers run, return "deferred": the conversation is completely
        forgotten only after these answers, because they use the old context.

        If an answer that has called a tool still runs, this answer keeps the old context. Otherwise, the next LLM
        request contains no part of the conversation.
        """
        own = self._model.answer_with_tools
        answers = [answer for answer in self._speeches if not answer.done() and not self._model.has_tools(answer)]
        answers += [own] if own else []
        if own is None:
            self._contexts.forget_all(self._running)
        work: asyncio.Task[Outcome] = self._begin(self._forget_after(answers, by), "forget")
        if answers:
            return "deferred"
        done, _ = await asyncio.wait({work}, timeout=RENEWAL_WAIT)
        return work.result() if done else "deferred"

    async def _forget_after(self, answers: list[SpeechHandle], by: str) -> Outcome:
        self._deferred += 1
        try:
            for answer in answers:
                await answer.wait_for_playout()
        finally:
            self._deferred -= 1
        # The redaction starts first, because the call may end before the other steps are done.
        redacted = asyncio.ensure_future(self._redact())
        self._contexts.forget_all(self._running)
        outcome = await self._cut(ContextReset(0, by=by))
        if not await self._wait_until_redacted(redacted) or outcome == "failed":
            return "failed"
        self._contexts.clean()
        self._post(SpeechRedacted(by=by))
        return outcome

    async def _cut(self, fact: Fact) -> Outcome:
        """Cut the context of the current agent's model. The other contexts are clean already."""
        if not self._contexts.agents:
            return "done"
        await self._wait_for_task_end()
        agent = self._contexts.agents[-1]
        if self._contexts.clean_in(agent):
            self._post(fact)
            return "done"
        outcome = await self._model.edit_context(agent, self._contexts.left, fact, change="cut the context")
        return await self._model.wait_for_deferred() if outcome == "deferred" else outcome

    async def _wait_for_task_end(self) -> None:
        """If the current agent is a finished `AgentTask`, wait until the agent that started the task has the call
        again. If the session were renewed earlier, the call would lose the agent that started the task.
        """
        while isinstance(task := self._contexts.agents[-1], AgentTask) and task.done():
            self._taken_over.clear()
            try:
                async with asyncio.timeout(RENEWAL_WAIT):
                    await self._taken_over.wait()
            except TimeoutError:
                return

    async def _wait_until_redacted(self, redacted: asyncio.Future[bool]) -> bool:
        """Wait for the redaction of the journal and return its result. Another program that reads the journal's files
        can delay the redaction.
        """
        await asyncio.wait({redacted}, timeout=REPORT_AFTER)
        if not redacted.done():
            why = "the words are still in the journal's files: another program reads the files; offhook tries again"
            self._post(ActionFailed("forget", why))
        return await redacted

    def _created(self, speech: SpeechHandle) -> None:
        self._speeches = [*(known for known in self._speeches if not known.done()), speech]

    def _take_over(self, *, handoff: bool) -> None:
        agent = self._session.current_agent
        if isinstance(agent, PlaceholderAgent):
            return
        self._contexts.take_over(agent)
        self._taken_over.set()
        if self._deferred:
            # The previous agent's answers have ended, and the next agent must start without the forgotten items.
            self._contexts.forget_all(self._running, inactive=handoff)
        elif self._contexts.any_forgotten:
            self._contexts.clean(inactive=handoff)
