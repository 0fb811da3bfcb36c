"""Speaks through an `AgentSession`; falls back to the announcer.

The fallback plays a line that does not start in time. If a line stops in the middle, `playout_meter.py` posts
`TtsStalled`. `policies/ending.py` limits the time of a goodbye.
"""

import asyncio
import logging
from contextlib import nullcontext
from typing import Any

from livekit.agents import NOT_GIVEN, AgentSession, AgentStateChangedEvent, llm, utils
from livekit.agents.voice import SpeechHandle

from offhook.core.decisions import Ask, MarkAway, Say
from offhook.core.goodbye_words import sounds_like_goodbye
from offhook.core.ports import FallbackVoice
from offhook.engine.voice_health import MAX_WAIT, VoiceHealth
from offhook.session.outbound.away import mark_away
from offhook.session.outbound.current_line import LINE
from offhook.session.outbound.mute import Mute
from offhook.session.outbound.speech_queue import (
    interrupt_unwanted,
    interrupting_blockers,
    subscribed,
    text_of,
    wait_or_interrupt,
)

__all__ = ["SessionVoice"]

log = logging.getLogger("offhook")

GOODBYE = "goodbye"


class SessionVoice:
    """Speaks through an `AgentSession`; `fallback` plays the lines that the session cannot speak."""

    def __init__(self, session: AgentSession[Any], *, fallback: FallbackVoice, voice_health: VoiceHealth) -> None:
        self._session = session
        self._fallback = fallback
        self._voice_health = voice_health
        self._mute = Mute(session)

    async def say(self, decision: Say) -> bool:
        """Play the line through the session or the fallback. Return True if the line was interrupted."""
        LINE.set(decision.tag)
        if decision.out_of_band or self._mute.begun:
            return await self._say_by_fallback(decision)
        if self._goodbye_would_wait(decision):
            self._interrupt_current_speech()
            return await self._say_by_fallback(decision)
        current = self._session.current_speech
        try:
            audio = utils.audio.audio_frames_from_file(decision.file) if decision.file else NOT_GIVEN
            handle = self._session.say(decision.text, audio=audio, allow_interruptions=decision.interruptible)
        except RuntimeError as error:
            # The session is closed or closing, or the session's Realtime model cannot speak fixed text.
            log.info("the session cannot play the line", extra={"tag": decision.tag, "error": str(error)})
            return await self._say_by_fallback(decision)
        if decision.skip_if_goodbye_said and current is not None:
            return await self._play_unless_goodbye_said(decision, handle, current)
        return await self._play(decision, handle, queued=current is not None)

    async def ask(self, decision: Ask) -> bool:
        LINE.set(decision.tag)
        choice: llm.ToolChoice = {"type": "function", "function": {"name": decision.tool}}
        handle = self._session.generate_reply(
            instructions=decision.instructions,
            tool_choice=choice if decision.tool else NOT_GIVEN,
            allow_interruptions=NOT_GIVEN if decision.interruptible else False,
        )
        agent = self._session.current_agent
        with nullcontext() if decision.interruptible else interrupting_blockers(self._session, handle):
            await wait_or_interrupt(handle, self._session, agent)
        if (error := handle.exception()) is not None:
            raise error
        return handle.interrupted

    def mark_away(self, decision: MarkAway) -> None:
        mark_away(self._session, decision)

    def mute(self) -> None:
        self._mute.begin()

    def _goodbye_would_wait(self, decision: Say) -> bool:
        """True if the line is a goodbye that would have to wait for an answer that is not being played, or for a
        failing TTS.
        """
        if decision.tag != GOODBYE:
            return False
        current, state = self._session.current_speech, self._session.agent_state
        if current is None and self._voice_health.failing:
            return True
        if decision.interruptible or decision.skip_if_goodbye_said or state == "speaking":
            return False
        return current is not None or state != "listening"

    def _interrupt_current_speech(self) -> None:
        """Interrupt the current speech, even if it is not interruptible. Do nothing if no client receives the agent's
        audio yet.
        """
        current = self._session.current_speech
        if current is not None and subscribed(self._session):
            current.interrupt(force=True)

    async def _play(self, decision: Say, handle: SpeechHandle, *, queued: bool) -> bool:
        """Wait until the line is played. If TTS fails, the fallback plays the line. Return True if the line was
        interrupted.

        A line that is `queued` behind another speech has no deadline for its start, unless it is the goodbye.
        """
        last = decision.tag == GOODBYE
        with nullcontext() if decision.interruptible else interrupting_blockers(self._session, handle):
            started = (queued and not last) or await self._wait_for_start(handle, decision.text, last=last)
            played = started and await self._wait_for_end(handle)
        if not started:
            self._voice_health.failed()
            handle.interrupt(force=True)
        return handle.interrupted if played else await self._say_by_fallback(decision)

    async def _play_unless_goodbye_said(self, decision: Say, handle: SpeechHandle, current: SpeechHandle) -> bool:
        """Play the line after the current speech, unless that speech says goodbye.

        Return True if the speech with the goodbye (the current speech or this line) was interrupted.
        """
        said = False

        def on_current_done(_: SpeechHandle) -> None:
            nonlocal said
            if sounds_like_goodbye(text_of(current), decision.text) and not handle.done():
                said = True
                handle.interrupt(force=True)

        current.add_done_callback(on_current_done)
        played = await self._wait_for_end(handle)
        if said:
            return current.interrupted
        return handle.interrupted if played else await self._say_by_fallback(decision)

    async def _wait_for_start(self, handle: SpeechHandle, text: str, *, last: bool) -> bool:
        """Wait until the line is played or the deadline passes. Return False if the fallback must play the line.

        At the deadline, the result is True in three cases: playout has started, the caller is speaking, or no client
        receives the agent's audio yet. For the `last` line of the call, the third case gives False. If playout has not
        started after half of the time, the fallback already starts to render the line.
        """
        session, seconds = self._session, self._voice_health.budget() if last else MAX_WAIT
        started = False

        def on_state(event: AgentStateChangedEvent) -> None:
            nonlocal started
            started = started or event.new_state == "speaking"  # stays True if noise pauses the line

        def prepare_fallback() -> None:
            if not started:
                self._fallback.prepare(text)

        session.on("agent_state_changed", on_state)
        timer = asyncio.get_running_loop().call_later(seconds / 2, prepare_fallback)
        try:
            async with self._voice_health.deadline(seconds):
                await handle
        except TimeoutError:
            if started or "speaking" in (session.agent_state, session.user_state):
                return True
            return not (last or subscribed(session))
        except asyncio.CancelledError:
            interrupt_unwanted(handle, session)
            raise
        finally:
            timer.cancel()
            session.off("agent_state_changed", on_state)
        return True

    async def _wait_for_end(self, handle: SpeechHandle) -> bool:
        """Wait for the end of playout. Return False if the line was neither played nor interrupted."""
        started = self._session.agent_state == "speaking"
        await wait_or_interrupt(handle, self._session)
        # LiveKit 1.8.9 does not expose the error of a `say`, so the committed text is checked.
        return handle.interrupted or started or bool(text_of(handle))

    async def _say_by_fallback(self, decision: Say) -> bool:
        """Play the line through the fallback. If the line is a goodbye, mute the session first."""
        if decision.tag == GOODBYE:
            self.mute()
        return await self._fallback.say(decision)
