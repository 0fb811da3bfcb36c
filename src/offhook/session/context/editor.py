"""Changes the instructions and the chat context of the model during a call."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any
from weakref import WeakKeyDictionary

from livekit.agents import Agent, AgentSession, llm
from livekit.agents.voice import SpeechHandle

from offhook.core.errors import OffhookError
from offhook.core.facts import (
    ActionFailed,
    AgentHandoff,
    ContextReset,
    EndCancelled,
    Ended,
    EndRequested,
    Fact,
    InstructionsChanged,
    MessageAdded,
    ToolStarted,
)
from offhook.session.context.contexts import run_now
from offhook.session.context.forgetting import Forgetting, Redact
from offhook.session.context.realtime_capabilities import Outcome, Role
from offhook.session.context.renewal import PlaceholderAgent
from offhook.session.context.trim import trimmed
from offhook.session.context.update import ModelUpdater

__all__ = ["MAX_TEXT", "ContextEditor"]

log = logging.getLogger("offhook")

MAX_TEXT = 200_000
"""Maximum characters of instructions or of a message. A model may accept fewer characters."""


class ContextEditor:
    """Edits the instructions and the chat context of one call. All edits apply to the current agent."""

    def __init__(self, session: AgentSession[Any], post: Callable[[Fact], None], redact: Redact) -> None:
        self._session = session
        self._post = post
        self._model = ModelUpdater(session, post)
        self._forgetting = Forgetting(session, post, self._model, redact=redact, begin=self._begin)
        self._original: WeakKeyDictionary[Agent, str] = WeakKeyDictionary()
        self._sticky: list[tuple[str, bool]] = []
        self._applied: WeakKeyDictionary[Agent, list[tuple[str, bool]]] = WeakKeyDictionary()
        self._ending = False
        self._tasks: set[asyncio.Task[None]] = set()

    def notice(self, fact: Fact) -> None:
        """Track which answers call tools and whether the call is ending. Give sticky instructions to a new agent."""
        match fact:
            case ToolStarted():
                self._model.tool_started()
            case AgentHandoff():
                self._apply_sticky(self._session.current_agent)
            case EndRequested():
                self._ending = True
            case EndCancelled():
                self._ending = False
            case Ended():
                for task in (*self._tasks, *self._model.tasks):
                    task.cancel()
        self._forgetting.notice(fact)

    async def instruct(self, text: str, *, append: bool, sticky: bool = False, by: str) -> Outcome:
        """Replace the instructions, or append to them. The next model request has the new instructions."""
        _check("the instructions must have", text)
        agent = self._session.current_agent
        before, after = _instructions_of(agent), text
        if append:
            after = f"{before}\n\n{text}"
        fact = InstructionsChanged(text, append=append, by=by)
        outcome = await self._model.instruct(agent, after, fact)
        self._original.setdefault(agent, before)
        if sticky and outcome != "failed":
            self._sticky = [*(self._sticky if append else []), (text, append)]
            self._applied[agent] = self._sticky
        return outcome

    async def restore(self, *, by: str) -> Outcome:
        """Restore the agent's original instructions, and drop the sticky instructions."""
        agent = self._session.current_agent
        text = self._original.get(agent)
        outcome: Outcome = "done"
        if text is not None:
            outcome = await self._model.instruct(agent, text, InstructionsChanged(text, append=False, by=by))
        self._sticky = []
        self._original.pop(agent, None)
        return outcome

    async def reset(self, *, keep: int = 0, tools: bool = True, by: str) -> Outcome:
        """Remove all items except the instructions and the last `keep` items. With `tools=False`, keep no tool calls.

        If an answer is calling tools, the reset waits for the end of that answer, because the answer still uses the old
        context. A reset before the end would leave the tool call without its result.
        """
        if keep < 0:
            raise OffhookError(f"reset_context(keep={keep}): give 0 or more items to keep")
        agent = self._session.current_agent
        if answer := self._model.answer_with_tools:
            self.reset_after(answer, keep=keep, tools=tools, by=by)
            return "deferred"
        return await self._cut(agent, keep=keep, tools=tools, fact=ContextReset(keep, by=by))

    def reset_after(self, speech: SpeechHandle, *, keep: int = 0, tools: bool = True, by: str) -> None:
        """Reset the context at the end of this speech."""
        agent = self._session.current_agent
        fact = ContextReset(keep, by=by)

        def on_done(_: SpeechHandle) -> None:
            self._begin(self._cut(agent, keep=keep, tools=tools, fact=fact), "cut the context")

        speech.add_done_callback(on_done)

    async def add(self, role: Role, text: str, *, answer: bool = False, by: str) -> Outcome:
        """Add a message to the context. With `answer`, the model answers the message."""
        _check("a message must have", text)

        def append(context: llm.ChatContext) -> llm.ChatContext:
            context.add_message(role=role, content=text)
            return context

        agent = self._session.current_agent
        fact = MessageAdded(role, text, by=by)
        outcome = await self._model.edit_context(agent, append, fact, change="add a message", role=role)
        if answer and self._ending:
            self._post(ActionFailed("answer a message", "the call is ending, so no answer is played"))
        elif answer and outcome != "failed":
            self._session.generate_reply()
        return outcome

    async def forget(self, *, by: str) -> Outcome:
        """Remove the conversation so far from every context, from `session.history` and from the journal."""
        return await self._forgetting.forget(by=by)

    async def _cut(self, agent: Agent, *, keep: int, tools: bool, fact: Fact) -> Outcome:
        def trim(context: llm.ChatContext) -> llm.ChatContext:
            return trimmed(context, keep=keep, tools=tools)

        return await self._model.edit_context(agent, trim, fact, change="cut the context")

    def _apply_sticky(self, agent: Agent) -> None:
        """Give the sticky instructions to an agent that takes over, before `on_enter` can make a model request."""
        if isinstance(agent, PlaceholderAgent) or self._applied.get(agent) == self._sticky or not self._sticky:
            return
        known = self._applied.get(agent, [])
        new = self._sticky[len(known) :] if self._sticky[: len(known)] == known else self._sticky
        self._applied[agent] = self._sticky
        before = _instructions_of(agent)
        self._original.setdefault(agent, before)
        for text, append in new:
            before = f"{before}\n\n{text}" if append else text
            self._post(InstructionsChanged(text, append=append, by="sticky"))
        if not run_now(agent.update_instructions(before)):
            # The agent's Realtime session runs already, so the update takes time and runs in a task.
            self._begin(agent.update_instructions(before), "add the sticky instructions")

    def _begin(self, work: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        async def run() -> Any:
            try:
                return await work
            except Exception as error:  # noqa: BLE001  # Realtime models raise their own errors; the journal has them
                log.warning("the context could not be changed", extra={"what": name, "error": repr(error)})
                self._post(ActionFailed(name, repr(error)[:500]))
                return "failed"

        task = asyncio.get_running_loop().create_task(run(), name=f"offhook {name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _instructions_of(agent: Agent) -> str:
    text = agent.instructions
    return text if isinstance(text, str) else text.render(modality="audio")


def _check(what: str, text: str) -> None:
    if not text.strip() or len(text) > MAX_TEXT:
        raise OffhookError(f"{what} 1 to {MAX_TEXT} characters, not {len(text.strip())}; nothing was changed")
