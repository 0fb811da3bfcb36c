"""Replaces a Realtime session whose context cannot be edited in place. The agent stays the same."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from livekit.agents import Agent, AgentSession
from livekit.agents.llm import ChatContext

from offhook.core.errors import OffhookError

__all__ = ["PlaceholderAgent", "SessionRenewal"]

MAX_WAIT = 30.0
"""Maximum seconds for each of the two agent switches of a renewal. The first switch waits for the current speech."""

_HOOKS = ("on_enter", "on_exit")


class PlaceholderAgent(Agent):
    """Agent without a model. On a switch to this agent, LiveKit closes the Realtime session instead of reusing it."""

    def __init__(self) -> None:
        super().__init__(instructions="", id="between_sessions", llm=None, turn_handling={"turn_detection": "manual"})
        self.entered = asyncio.Event()

    async def on_enter(self) -> None:
        self.entered.set()


class SessionRenewal:
    """Opens new sessions of the agent's Realtime model, one renewal at a time."""

    def __init__(self, session: AgentSession[Any]) -> None:
        self._session = session
        self._lock = asyncio.Lock()

    async def renew(self, agent: Agent, *, instructions: str | None, context: Callable[[], ChatContext]) -> None:
        """Wait for the current speech, then give the agent a new Realtime session that has only this context.

        `context` is called after the current speech. The agent's `on_enter` and `on_exit` are not run. Raises
        `OffhookError` if the renewal fails.
        """
        async with self._lock:
            if self._session.current_agent is not agent:
                raise OffhookError("another agent has taken over; change that agent instead")
            placeholder = PlaceholderAgent()
            with _without_hooks(agent) as entered:
                self._session.update_agent(placeholder)
                await _wait_for(placeholder.entered, "the running session did not end; is a speech still going on?")
                try:
                    if instructions is not None:
                        await agent.update_instructions(instructions)
                    await agent.update_chat_ctx(context(), exclude_invalid_function_calls=False)
                finally:
                    self._session.update_agent(agent)
                await _wait_for(entered, "the new session did not start; the journal has the model's error")


async def _wait_for(event: asyncio.Event, error: str) -> None:
    """Wait for the event; raise `OffhookError` with this text on timeout."""
    try:
        async with asyncio.timeout(MAX_WAIT):
            await event.wait()
    except TimeoutError:
        raise OffhookError(error) from None


@contextmanager
def _without_hooks(agent: Agent) -> Iterator[asyncio.Event]:
    """Disable the agent's hooks, so that it does not greet again. The yielded event is set when the agent enters."""
    entered = asyncio.Event()

    async def on_enter() -> None:
        entered.set()

    async def on_exit() -> None:
        return

    own = {name: vars(agent)[name] for name in _HOOKS if name in vars(agent)}
    for name, hook in zip(_HOOKS, (on_enter, on_exit), strict=True):
        setattr(agent, name, hook)
    try:
        yield entered
    finally:
        for name in _HOOKS:
            delattr(agent, name)
        vars(agent).update(own)
