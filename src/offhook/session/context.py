"""What the model is told and what it remembers, changed while the call runs."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any
from weakref import WeakKeyDictionary

from livekit.agents import Agent, AgentSession, llm
from livekit.agents.voice import SpeechHandle

from offhook.core.errors import OffhookError
from offhook.core.facts import (
    ContextReset,
    EndCancelled,
    Ended,
    EndWanted,
    Fact,
    Failed,
    Forgotten,
    HandedOver,
    InstructionsChanged,
    MessageAdded,
    ToolStarted,
)
from offhook.session.fresh import Between
from offhook.session.model import Model
from offhook.session.realtime import Outcome, Role
from offhook.session.trim import trimmed

__all__ = ["MAX_TEXT", "Memory"]

log = logging.getLogger("offhook")

MAX_TEXT = 200_000
"""Characters of instructions or of a message; models take less."""


class Memory:
    """The instructions and the chat context of one call. `instruct` acts on the agent that is talking now."""

    def __init__(self, session: AgentSession[Any], post: Callable[[Fact], None]) -> None:
        self._session = session
        self._post = post
        self._model = Model(session, post)
        self._before: WeakKeyDictionary[Agent, str] = WeakKeyDictionary()
        self._sticky: list[tuple[str, bool]] = []
        self._stuck: WeakKeyDictionary[Agent, list[tuple[str, bool]]] = WeakKeyDictionary()
        self._ending = False
        self._tasks: set[asyncio.Task[None]] = set()

    def notice(self, fact: Fact) -> None:
        """Take in a fact: which answers call tools, who talks now, and whether the call is ending."""
        match fact:
            case ToolStarted():
                self._model.tool_started()
            case HandedOver():
                self._stick(self._session.current_agent)
            case EndWanted():
                self._ending = True
            case EndCancelled():
                self._ending = False
            case Ended():
                for task in (*self._tasks, *self._model.tasks):
                    task.cancel()

    async def instruct(self, text: str, *, append: bool, sticky: bool = False, by: str) -> Outcome:
        """Replace the instructions, or add to them; the next model request has them."""
        _check("instructions have", text)
        agent = self._session.current_agent
        before, after = _words(agent), text
        if append:
            after = f"{before}\n\n{text}"
        told = InstructionsChanged(text, append=append, by=by)
        outcome = await self._model.instruct(agent, after, told)
        self._before.setdefault(agent, before)
        if sticky and outcome != "failed":
            self._sticky = [*(self._sticky if append else []), (text, append)]
            self._stuck[agent] = self._sticky
        return outcome

    async def restore(self, *, by: str) -> Outcome:
        """Go back to the instructions that the agent came with; nothing sticks any more."""
        agent = self._session.current_agent
        text = self._before.get(agent)
        outcome: Outcome = "done"
        if text is not None:
            outcome = await self._model.instruct(agent, text, InstructionsChanged(text, append=False, by=by))
        self._sticky = []
        self._before.pop(agent, None)
        return outcome

    async def reset(self, *, keep: int = 0, tools: bool = True, by: str) -> Outcome:
        """Let the model forget all but the last `keep` items (without tool calls unless `tools`); instructions stay.

        While an answer calls tools it is put off until that answer is over: at once, it would still see everything,
        and leave the tool call behind as an orphan.
        """
        if keep < 0:
            raise OffhookError(f"reset_context(keep={keep}): give 0 or more items to keep")
        agent = self._session.current_agent
        if answer := self._model.answer_with_tools:
            self.reset_after(answer, keep=keep, tools=tools, by=by)
            return "deferred"
        return await self._cut(agent, keep=keep, tools=tools, told=ContextReset(keep, by=by))

    def reset_after(self, speech: SpeechHandle, *, keep: int = 0, tools: bool = True, by: str) -> None:
        """The same once this speech is over."""
        agent = self._session.current_agent
        work = "cut the context"
        told = ContextReset(keep, by=by)
        speech.add_done_callback(lambda _: self._begin(self._cut(agent, keep=keep, tools=tools, told=told), work))

    async def add(self, role: Role, text: str, *, answer: bool = False, by: str) -> Outcome:
        """Put a message into the context, silently or with an answer to it."""
        _check("a message has", text)

        def longer(context: llm.ChatContext) -> llm.ChatContext:
            context.add_message(role=role, content=text)
            return context

        agent = self._session.current_agent
        told = MessageAdded(role, text, by=by)
        outcome = await self._model.remember(agent, longer, told, change="add a message", role=role)
        if answer and self._ending:
            self._post(Failed("answer a message", "the call is ending; nobody would hear it"))
        elif answer and outcome != "failed":
            self._session.generate_reply()
        return outcome

    async def forget(self, *, by: str) -> Outcome:
        """Take what was said so far out of the context, of `session.history` and of the journal."""
        agent = self._session.current_agent
        if answer := self._model.answer_with_tools:
            answer.add_done_callback(lambda _: self._begin(self._forget(agent, by=by), "forget"))
            return "deferred"
        return await self._forget(agent, by=by)

    async def _forget(self, agent: Agent, *, by: str) -> Outcome:
        outcome = await self._cut(agent, keep=0, tools=False, told=ContextReset(0, by=by))
        self._session.history.items = [item for item in self._session.history.items if item.type == "agent_handoff"]
        self._post(Forgotten(by=by))
        return outcome

    async def _cut(self, agent: Agent, *, keep: int, tools: bool, told: Fact) -> Outcome:
        def shorter(context: llm.ChatContext) -> llm.ChatContext:
            return trimmed(context, keep=keep, tools=tools)

        return await self._model.remember(agent, shorter, told, change="cut the context")

    def _stick(self, agent: Agent) -> None:
        """Give an agent that takes over what sticks, before its `on_enter` can ask the model for anything."""
        if isinstance(agent, Between) or self._stuck.get(agent) == self._sticky or not self._sticky:
            return
        known = self._stuck.get(agent, [])
        new = self._sticky[len(known) :] if self._sticky[: len(known)] == known else self._sticky
        self._stuck[agent] = self._sticky
        before = _words(agent)
        self._before.setdefault(agent, before)
        for text, append in new:
            before = f"{before}\n\n{text}" if append else text
            self._post(InstructionsChanged(text, append=append, by="sticky"))
        self._at_once(agent, before)

    def _at_once(self, agent: Agent, text: str) -> None:
        """Run LiveKit's update to its end here and now: it waits for nothing, as long as the agent does not run yet."""
        work: Coroutine[Any, Any, None] = agent.update_instructions(text)
        try:
            work.send(None)
        except StopIteration:
            return
        work.close()  # the agent was resting under a Realtime model that takes its time
        self._begin(agent.update_instructions(text), "stick to the instructions")

    def _begin(self, work: Coroutine[Any, Any, object], name: str) -> None:
        async def carefully() -> None:
            try:
                await work
            except Exception as error:  # noqa: BLE001  # realtime models raise their own kinds; the journal tells
                log.warning("the context could not be changed", extra={"what": name, "error": repr(error)})
                self._post(Failed(name, repr(error)[:500]))

        task = asyncio.get_running_loop().create_task(carefully(), name=f"offhook {name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _words(agent: Agent) -> str:
    told = agent.instructions
    return told if isinstance(told, str) else told.render(modality="audio")


def _check(what: str, text: str) -> None:
    if not text.strip() or len(text) > MAX_TEXT:
        raise OffhookError(f"{what} 1 to {MAX_TEXT} characters, not {len(text.strip())}; nothing was changed")
