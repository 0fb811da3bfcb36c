"""Waits for a speech in the queue of an `AgentSession`, and interrupts other speech that blocks a line of offhook."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from livekit.agents import Agent, AgentSession
from livekit.agents.voice import SpeechHandle

__all__ = ["interrupt_unwanted", "interrupting_blockers", "subscribed", "text_of", "wait_or_interrupt"]

BLOCKED = 2.0
"""Seconds between two checks. Each check looks for queued or paused speech that blocks a non-interruptible line."""


@contextmanager
def interrupting_blockers(session: AgentSession[Any], handle: SpeechHandle) -> Iterator[None]:
    """Every 2 s inside the `with` block, interrupt queued or paused speech that blocks this line.

    The interruption is needed because LiveKit 1.8.9 plays speeches strictly in order. If the caller is speaking at the
    start of the block, the first check is made at once.
    """
    loop = asyncio.get_running_loop()
    timer: asyncio.TimerHandle

    def poll() -> None:
        nonlocal timer
        _interrupt_blocker(session, handle)
        timer = loop.call_later(BLOCKED, poll)

    if session.user_state == "speaking":
        _interrupt_blocker(session, handle)
    timer = loop.call_later(BLOCKED, poll)
    try:
        yield
    finally:
        timer.cancel()


def _interrupt_blocker(session: AgentSession[Any], handle: SpeechHandle) -> None:
    """Interrupt the current speech if it is interruptible, is not this line and is not played now."""
    current = session.current_speech
    if current is None or current is handle or not current.allow_interruptions:
        return
    if session.agent_state != "speaking" and subscribed(session):
        current.interrupt()


def subscribed(session: AgentSession[Any]) -> bool:
    """True if a client receives the agent's audio, or if there is no room.

    If a LiveKit 1.8.9 session is interrupted before a client receives the audio, the session stays mute.
    """
    try:
        future = session.room_io.subscribed_fut
    except RuntimeError:  # there is no room
        return True
    return future is None or future.done()


async def wait_or_interrupt(handle: SpeechHandle, session: AgentSession[Any], agent: Agent | None = None) -> None:
    """Wait for the end of playout. If the wait is cancelled, interrupt the speech."""
    try:
        await handle
    except asyncio.CancelledError:
        # Do not interrupt if a tool of `agent` has handed the call to an `AgentTask`: the task's result would be lost.
        if agent is None or session.current_agent is agent:
            interrupt_unwanted(handle, session)
        raise


def interrupt_unwanted(handle: SpeechHandle, session: AgentSession[Any]) -> None:
    """If a client already receives the agent's audio, interrupt this speech, for which no code waits any more."""
    if not handle.done() and subscribed(session):
        handle.interrupt(force=True)


def text_of(handle: SpeechHandle) -> str:
    """Return the played text of this speech."""
    return " ".join(item.text_content or "" for item in handle.chat_items if item.type == "message").strip()
