"""A fresh session of a Realtime model under the same agent: what the running one cannot forget, this one never knew."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from livekit.agents import Agent, AgentSession
from livekit.agents.llm import ChatContext

from offhook.core.errors import OffhookError

__all__ = ["Between", "Freshness"]

LONGEST = 30.0
"""Seconds that a change of sessions may take; what is being said is finished first."""

_HOOKS = ("on_enter", "on_exit")


class Between(Agent):
    """Holds the call for a moment without any model: LiveKit keeps a session from one agent to the next if it can."""

    def __init__(self) -> None:
        super().__init__(instructions="", id="between_sessions", llm=None, turn_handling={"turn_detection": "manual"})
        self.entered = asyncio.Event()

    async def on_enter(self) -> None:
        self.entered.set()


class Freshness:
    """Opens the next session of the agent's model, one change at a time."""

    def __init__(self, session: AgentSession[Any]) -> None:
        self._session = session
        self._one = asyncio.Lock()

    async def renew(self, agent: Agent, *, instructions: str | None, context: Callable[[], ChatContext]) -> None:
        """Wait for what is being said, then put the agent on a fresh session that knows this and nothing else.

        `context` is asked once nothing is being said any more. The agent stays the same one, its `on_enter` and
        `on_exit` are not run. Raises `OffhookError` when it does not get there.
        """
        async with self._one:
            if self._session.current_agent is not agent:
                raise OffhookError("another agent talks by now; change that one")
            between = Between()
            with _quiet(agent) as back:
                self._session.update_agent(between)
                await _soon(between.entered, "the running session does not let go; is something being said for ever?")
                try:
                    if instructions is not None:
                        await agent.update_instructions(instructions)
                    await agent.update_chat_ctx(context(), exclude_invalid_function_calls=False)
                finally:
                    self._session.update_agent(agent)
                await _soon(back, "the fresh session does not begin; the journal has what the model says about it")


async def _soon(event: asyncio.Event, otherwise: str) -> None:
    try:
        async with asyncio.timeout(LONGEST):
            await event.wait()
    except TimeoutError:
        raise OffhookError(otherwise) from None


@contextmanager
def _quiet(agent: Agent) -> Iterator[asyncio.Event]:
    """Keep the agent from greeting again; the event is set when it is back."""
    back = asyncio.Event()

    async def entered() -> None:
        back.set()

    async def left() -> None:
        return

    own = {name: vars(agent)[name] for name in _HOOKS if name in vars(agent)}
    for name, hook in zip(_HOOKS, (entered, left), strict=True):
        setattr(agent, name, hook)
    try:
        yield back
    finally:
        for name in _HOOKS:
            delattr(agent, name)
        vars(agent).update(own)
