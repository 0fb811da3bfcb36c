"""Wishes to speak in, the session's voice out; another mouth where the session has none left."""

import asyncio
import logging
from typing import Any

from livekit.agents import NOT_GIVEN, AgentSession, llm
from livekit.agents.voice import SpeechHandle

from offhook.core.farewell import said_goodbye
from offhook.core.ports import Voice
from offhook.core.wishes import Ask, MarkAway, Say

__all__ = ["NEVER", "SessionVoice"]

log = logging.getLogger("offhook")

NEVER = 365 * 86_400.0
"""A time-out that never comes: with None, LiveKit neither takes the caller back from away nor stops its timer."""


class SessionVoice:
    """Speaks through an `AgentSession`; what it cannot say, `fallback` says."""

    def __init__(self, session: AgentSession[Any], *, fallback: Voice) -> None:
        self._session = session
        self._fallback = fallback

    async def say(self, wish: Say) -> bool:
        if wish.beside:
            return await self._fallback.say(wish)
        before = self._session.current_speech if wish.unless_said else None
        try:
            handle = self._session.say(wish.text, allow_interruptions=wish.interruptible)
        except RuntimeError as error:
            # closed, closing, or a realtime model without a voice for fixed text
            log.info("the session cannot say it", extra={"tag": wish.tag, "error": str(error)})
            return await self._fallback.say(wish)
        spared = _spare(handle, before, wish.text) if before is not None else []
        await _over(handle)
        if spared:
            return spared[0].interrupted
        if handle.exception() is not None and not _words(handle):
            return await self._fallback.say(wish)
        return handle.interrupted

    async def ask(self, wish: Ask) -> bool:
        choice: llm.ToolChoice = {"type": "function", "function": {"name": wish.tool}}
        handle = self._session.generate_reply(
            instructions=wish.instructions, tool_choice=choice if wish.tool else NOT_GIVEN
        )
        await _over(handle)
        if (error := handle.exception()) is not None:
            raise error
        return handle.interrupted

    def mark_away(self, wish: MarkAway) -> None:
        """Make `user_state` away, or listening again, with LiveKit's own timer: there is no setter for it.

        A time-out of 0 fires on the next turn of the loop, and only when both sides are silent, as LiveKit's would.
        """
        if wish.away and self._session.user_state == "away" and not wish.again:
            return  # the timer takes them back for a moment first, which is wanted only when all shall see it again
        options = self._session.options
        before = options.user_away_timeout
        if wish.away or before is None:
            options.user_away_timeout = 0 if wish.away else NEVER
        try:
            self._session.reset_away_timer()
        finally:
            options.user_away_timeout = before


def _spare(handle: SpeechHandle, before: SpeechHandle, text: str) -> list[SpeechHandle]:
    """Take our goodbye back if what is being said before it is one; the list then has what was said instead."""
    instead: list[SpeechHandle] = []

    def listen(before: SpeechHandle) -> None:
        if said_goodbye(_words(before), text) and not handle.done():
            instead.append(before)
            handle.interrupt(force=True)

    before.add_done_callback(listen)
    return instead


async def _over(handle: SpeechHandle) -> None:
    """Wait until it was said; whoever no longer waits for it does not want it said."""
    try:
        await handle
    except asyncio.CancelledError:
        if not handle.done():
            handle.interrupt(force=True)
        raise


def _words(handle: SpeechHandle) -> str:
    """What was heard of it."""
    return " ".join(item.text_content or "" for item in handle.chat_items if item.type == "message").strip()
