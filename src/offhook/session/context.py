"""Changing what the agent was told and what it remembers, while it talks."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from livekit.agents import Agent, AgentSession
from livekit.agents.llm import ChatContext
from livekit.agents.voice import SpeechHandle

from offhook.core.facts import ContextReset, Fact, Failed, InstructionsChanged

__all__ = ["Memory"]

log = logging.getLogger("offhook")


class Memory:
    """The instructions and the chat context of one call. `instructions` acts on the agent that is talking now."""

    def __init__(self, session: AgentSession[Any], post: Callable[[Fact], None]) -> None:
        self._session = session
        self._post = post
        self._resetting: set[asyncio.Task[None]] = set()

    async def instruct(self, text: str, *, append: bool, by: str) -> None:
        """Replace the instructions, or add to them; the next model request has them."""
        agent = self._session.current_agent
        whole = f"{agent.instructions}\n\n{text}" if append else text
        await agent.update_instructions(whole)
        self._post(InstructionsChanged(text, append=append, by=by))

    async def reset(self, *, keep: int = 0, by: str) -> None:
        """Let the model forget all but the last `keep` items; the instructions stay. Now, between two answers."""
        agent = self._session.current_agent
        await agent.update_chat_ctx(_cut(agent.chat_ctx, keep))
        self._post(ContextReset(kept=keep, by=by))

    def reset_after(self, speech: SpeechHandle, *, keep: int = 0, by: str) -> None:
        """The same from inside a tool: once the answer that the tool belongs to is over.

        At once, the tool's own answer would still see everything and leave the tool call behind as an orphan.
        """
        agent = self._session.current_agent

        def forget(_: SpeechHandle) -> None:
            task = asyncio.get_running_loop().create_task(self._forget(agent, keep, by), name="offhook reset context")
            self._resetting.add(task)
            task.add_done_callback(self._resetting.discard)

        speech.add_done_callback(forget)

    async def _forget(self, agent: Agent, keep: int, by: str) -> None:
        try:
            await agent.update_chat_ctx(_cut(agent.chat_ctx, keep))
        except Exception as error:  # noqa: BLE001  # realtime models raise their own kinds; the journal tells
            log.warning("the context could not be reset", extra={"error": repr(error)})
            self._post(Failed("reset context", repr(error)))
        else:
            self._post(ContextReset(kept=keep, by=by))


def _cut(context: ChatContext, keep: int) -> ChatContext:
    """Copy the context with its instructions and the last `keep` items; truncate keeps the instruction item."""
    cut = context.copy()
    cut.truncate(max_items=keep)
    return cut
