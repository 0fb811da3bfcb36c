"""Wishes to speak in, the session's voice out; another mouth where the session has none left."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from livekit.agents import NOT_GIVEN, AgentSession, AgentStateChangedEvent, llm
from livekit.agents.voice import SpeechHandle

from offhook.core.farewell import said_goodbye
from offhook.core.ports import SpareVoice
from offhook.core.wishes import Ask, MarkAway, Say
from offhook.session.throat import MOST, Throat

__all__ = ["NEVER", "SessionVoice"]

log = logging.getLogger("offhook")

NEVER = 365 * 86_400.0
"""A time-out that never comes: with None, LiveKit neither takes the caller back from away nor stops its timer."""

UNHEARD = 2.0
"""Seconds after which a line that nobody may interrupt no longer waits for one that is not heard."""


GOODBYE = "goodbye"


class SessionVoice:
    """Speaks through an `AgentSession`; what it cannot say, `fallback` says."""

    def __init__(self, session: AgentSession[Any], *, fallback: SpareVoice, throat: Throat) -> None:
        self._session = session
        self._fallback = fallback
        self._throat = throat

    async def say(self, wish: Say) -> bool:
        if wish.beside or self._stuck(wish):
            return await self._fallback.say(wish)
        alone = self._session.current_speech is None
        before = self._session.current_speech if wish.unless_said else None
        try:
            handle = self._session.say(wish.text, allow_interruptions=wish.interruptible)
        except RuntimeError as error:
            # closed, closing, or a realtime model without a voice for fixed text
            log.info("the session cannot say it", extra={"tag": wish.tag, "error": str(error)})
            return await self._fallback.say(wish)
        spared = _spare(handle, before, wish.text) if before is not None else []
        with self._first(handle, wanted=not wish.interruptible and before is None):
            last = wish.tag == GOODBYE and before is None
            if (alone or last) and not await self._begins(handle, wish.text, last=last):
                handle.interrupt(force=True)
                return await self._fallback.say(wish)
            began = self._session.agent_state == "speaking"
            await _over(handle, self._session)
        if spared:
            return spared[0].interrupted
        # Asked for words and not for an error: LiveKit 1.8.9 keeps the error of a `say` to itself.
        if not handle.interrupted and not (began or _words(handle)):
            return await self._fallback.say(wish)
        return handle.interrupted

    def _stuck(self, wish: Say) -> bool:
        """Whether the last words would wait behind an answer that does not come, which is given up; or for a voice."""
        last = wish.tag == GOODBYE and not (wish.interruptible or wish.unless_said)
        before, state = self._session.current_speech, self._session.agent_state
        if wish.tag == GOODBYE and before is None and self._throat.hoarse:
            return True
        if not last or state == "speaking" or (before is None and state == "listening"):
            return False
        if before is not None and _received(self._session):
            before.interrupt(force=True)
        return True

    async def _begins(self, handle: SpeechHandle, text: str, *, last: bool) -> bool:
        """Whether the line is heard in time; a voice that hangs would keep the caller in silence.

        Only the `last` words of a call are given up over a sound or before anybody receives us.
        """
        session, seconds = self._session, self._throat.patience() if last else MOST
        begun = False

        def turned(event: AgentStateChangedEvent) -> None:
            nonlocal begun
            begun = begun or event.new_state == "speaking"  # also if a sound pauses it again

        def doubt() -> None:
            if not begun:
                self._fallback.prepare(text)

        session.on("agent_state_changed", turned)
        doubting = asyncio.get_running_loop().call_later(seconds / 2, doubt)
        try:
            async with self._throat.trusted(seconds):
                await handle
        except TimeoutError:
            if begun or "speaking" in (session.agent_state, session.user_state):
                return True
            if not last and not _received(session):
                return True
            self._throat.failed()
            return False
        finally:
            doubting.cancel()
            session.off("agent_state_changed", turned)
        return True

    async def ask(self, wish: Ask) -> bool:
        choice: llm.ToolChoice = {"type": "function", "function": {"name": wish.tool}}
        handle = self._session.generate_reply(
            instructions=wish.instructions,
            tool_choice=choice if wish.tool else NOT_GIVEN,
            allow_interruptions=NOT_GIVEN if wish.interruptible else False,
        )
        with self._first(handle, wanted=not wish.interruptible):
            await _over(handle, self._session)
        if (error := handle.exception()) is not None:
            raise error
        return handle.interrupted

    @contextmanager
    def _first(self, handle: SpeechHandle, *, wanted: bool) -> Iterator[None]:
        """Take back what waits for a silence that does not come, or was paused: LiveKit 1.8.9 lets no line pass it."""
        session, loop = self._session, asyncio.get_running_loop()
        later: asyncio.TimerHandle | None = None

        def make_way(*, patient: bool = False) -> None:
            nonlocal later
            before, heard = session.current_speech, session.agent_state == "speaking"
            stuck = not (heard or patient) and _received(session)
            if stuck and before is not None and before is not handle and before.allow_interruptions:
                before.interrupt()
            later = loop.call_later(UNHEARD, make_way)

        if wanted:
            make_way(patient=session.user_state != "speaking")
        try:
            yield
        finally:
            if later is not None:
                later.cancel()

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


def _received(session: AgentSession[Any]) -> bool:
    """Whether anybody receives our sound: interrupted before that, a session of LiveKit 1.8.9 is mute for good."""
    try:
        subscribed = session.room_io.subscribed_fut
    except RuntimeError:  # there is no room
        return True
    return subscribed is None or subscribed.done()


def _spare(handle: SpeechHandle, before: SpeechHandle, text: str) -> list[SpeechHandle]:
    """Take our goodbye back if what is being said before it is one; the list then has what was said instead."""
    instead: list[SpeechHandle] = []

    def listen(before: SpeechHandle) -> None:
        if said_goodbye(_words(before), text) and not handle.done():
            instead.append(before)
            handle.interrupt(force=True)

    before.add_done_callback(listen)
    return instead


async def _over(handle: SpeechHandle, session: AgentSession[Any]) -> None:
    """Wait until it was said; whoever no longer waits for it does not want it said."""
    try:
        await handle
    except asyncio.CancelledError:
        if not handle.done() and _received(session):
            handle.interrupt(force=True)
        raise


def _words(handle: SpeechHandle) -> str:
    """What was heard of it."""
    return " ".join(item.text_content or "" for item in handle.chat_items if item.type == "message").strip()
