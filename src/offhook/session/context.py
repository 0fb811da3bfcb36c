"""What the model is told and what it remembers, changed while the call runs."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Literal
from weakref import WeakKeyDictionary

from livekit.agents import Agent, AgentSession
from livekit.agents.voice import SpeechHandle

from offhook.core.errors import OffhookError
from offhook.core.facts import (
    ContextReset,
    Fact,
    Failed,
    Forgotten,
    HandedOver,
    InstructionsChanged,
    MessageAdded,
    ToolEnded,
    ToolStarted,
)

__all__ = ["MAX_TEXT", "Memory"]

log = logging.getLogger("offhook")

MAX_TEXT = 200_000
"""Characters of instructions or of a message; models take less."""

Role = Literal["user", "assistant", "system", "developer"]


class Memory:
    """The instructions and the chat context of one call. `instruct` acts on the agent that is talking now."""

    def __init__(self, session: AgentSession[Any], post: Callable[[Fact], None]) -> None:
        self._session = session
        self._post = post
        self._tools: set[str] = set()
        self._before: WeakKeyDictionary[Agent, str] = WeakKeyDictionary()
        self._sticky: list[tuple[str, bool]] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def notice(self, fact: Fact) -> None:
        """Take in a fact: which tools run, and who talks now."""
        match fact:
            case ToolStarted(id=tool):
                self._tools.add(tool)
            case ToolEnded(id=tool):
                self._tools.discard(tool)
            case HandedOver() if self._sticky:
                self._begin(self._stick(self._session.current_agent), "stick to the instructions")

    async def instruct(self, text: str, *, append: bool, sticky: bool = False, by: str) -> None:
        """Replace the instructions, or add to them; the next model request has them."""
        _check("instructions have", text)
        agent = self._session.current_agent
        await self._write(agent, text, append=append)
        if sticky:
            self._sticky = [*(self._sticky if append else []), (text, append)]
        self._post(InstructionsChanged(text, append=append, by=by))

    async def restore(self, *, by: str) -> None:
        """Go back to the instructions that the agent came with; nothing sticks any more."""
        self._sticky = []
        agent = self._session.current_agent
        text = self._before.pop(agent, None)
        if text is not None:
            await agent.update_instructions(text)
            self._post(InstructionsChanged(text, append=False, by=by))

    async def reset(self, *, keep: int = 0, tools: bool = True, by: str) -> Literal["done", "deferred"]:
        """Let the model forget all but the last `keep` items (without tool calls unless `tools`); instructions stay.

        While a tool works it is put off until the answer that the tool belongs to is over: at once, that answer would
        still see everything and leave the tool call behind as an orphan.
        """
        if keep < 0:
            raise OffhookError(f"reset_context(keep={keep}): give 0 or more items to keep")
        speech = self._session.current_speech
        if self._tools and speech is not None:
            self.reset_after(speech, keep=keep, tools=tools, by=by)
            return "deferred"
        await self._cut(self._session.current_agent, keep=keep, tools=tools, by=by)
        return "done"

    def reset_after(self, speech: SpeechHandle, *, keep: int = 0, tools: bool = True, by: str) -> None:
        """The same once this speech is over."""
        agent = self._session.current_agent
        work = "reset context"
        speech.add_done_callback(lambda _: self._begin(self._cut(agent, keep=keep, tools=tools, by=by), work))

    async def add(self, role: Role, text: str, *, answer: bool = False, by: str) -> None:
        """Put a message into the context, silently or with an answer to it."""
        _check("a message has", text)
        agent = self._session.current_agent
        context = agent.chat_ctx.copy()
        context.add_message(role=role, content=text)
        await agent.update_chat_ctx(context)
        self._post(MessageAdded(role, text, by=by))
        if answer:
            self._session.generate_reply()

    async def forget(self, *, by: str) -> None:
        """Take what was said so far out of the context, of `session.history` and of the journal."""
        await self._cut(self._session.current_agent, keep=0, tools=False, by=by)
        self._session.history.items = [item for item in self._session.history.items if item.type == "agent_handoff"]
        self._post(Forgotten(by=by))

    async def _cut(self, agent: Agent, *, keep: int, tools: bool, by: str) -> None:
        context = agent.chat_ctx.copy(exclude_function_call=not tools)
        context.truncate(max_items=keep)
        await agent.update_chat_ctx(context)
        self._post(ContextReset(kept=keep, by=by))

    async def _write(self, agent: Agent, text: str, *, append: bool) -> None:
        self._before.setdefault(agent, str(agent.instructions))
        await agent.update_instructions(f"{agent.instructions}\n\n{text}" if append else text)

    async def _stick(self, agent: Agent) -> None:
        for text, append in self._sticky:
            await self._write(agent, text, append=append)
            self._post(InstructionsChanged(text, append=append, by="sticky"))

    def _begin(self, work: Any, name: str) -> None:
        async def carefully() -> None:
            try:
                await work
            except Exception as error:  # noqa: BLE001  # realtime models raise their own kinds; the journal tells
                log.warning("the context could not be changed", extra={"what": name, "error": repr(error)})
                self._post(Failed(name, repr(error)[:500]))

        task = asyncio.get_running_loop().create_task(carefully(), name=f"offhook {name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _check(what: str, text: str) -> None:
    if not text.strip() or len(text) > MAX_TEXT:
        raise OffhookError(f"{what} 1 to {MAX_TEXT} characters, not {len(text.strip())}; nothing was changed")
