"""Briefs a human colleague in a separate `AgentSession`, and asks whether the colleague takes the caller's call."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from livekit import rtc
from livekit.agents import Agent, AgentSession, StopResponse, function_tool, utils
from livekit.agents.voice.room_io import AudioInputOptions, AudioOutputOptions, RoomOptions

__all__ = ["TRACK", "Briefing", "Decision"]

log = logging.getLogger("offhook")

TRACK = "offhook_briefing"
"""The name of the agent's track that only the colleague hears."""
_CLOSE = 5.0
_ACCEPT, _DECLINE = "1", "2"
_INSTRUCTIONS = """\
You are on the telephone with a colleague. A caller is on hold and hears none of this. You begin by telling the
colleague this: {brief}

Answer the colleague's questions with what you know from it, and say when you do not know. As soon as the colleague
agrees to take the call, call connect_caller. If the colleague does not want to, or if a machine answers, call
decline_caller. The colleague may also press 1 to take the call, or 2 to decline it. Speak briefly."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The colleague's decision. `accepted` is None if there was no decision in time."""

    accepted: bool | None
    detail: str = ""


class Briefing:
    """One briefing. The colleague talks with a second session, which has the models of the caller's session and a
    chat context of its own.
    """

    def __init__(self, session: AgentSession[Any], room: rtc.Room, colleague: str, brief: str) -> None:
        self._room, self._colleague, self._brief = room, colleague, brief
        self._decision: asyncio.Future[Decision] = asyncio.get_running_loop().create_future()
        self._agent = _BriefingAgent(_INSTRUCTIONS.format(brief=brief), self._decide)
        self._session = _session_like(session)

    async def decision(self, within: float) -> Decision:
        """Say the briefing, wait at most `within` seconds, and return the colleague's decision."""
        self._room.on("sip_dtmf_received", self._on_key)
        self._room.on("participant_disconnected", self._on_left)
        self._session.on("close", lambda _: self._decide(False, "the session of the briefing closed"))
        try:
            async with asyncio.timeout(within):
                await self._begin()
                return await self._decision
        except TimeoutError:
            return Decision(None, f"the colleague neither accepted nor declined within {within:g} s")
        finally:
            self._room.off("sip_dtmf_received", self._on_key)
            self._room.off("participant_disconnected", self._on_left)
            await self._close()

    async def _begin(self) -> None:
        options = RoomOptions(
            participant_identity=self._colleague,
            audio_input=AudioInputOptions(pre_connect_audio=False),
            audio_output=AudioOutputOptions(track_name=TRACK),
            text_input=False,
            text_output=False,
            close_on_disconnect=False,
        )
        await self._session.start(self._agent, room=self._room, room_options=options, session_host=False, record=False)
        if self._session.tts is not None:
            self._session.say(self._brief)
        elif self._session.llm is not None:  # without a TTS, the Realtime model chooses the words itself
            self._session.generate_reply(instructions="Begin with what you have to tell the colleague.")

    async def _close(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE):
                await self._session.aclose()

    def _decide(self, accepted: bool, detail: str) -> None:
        if not self._decision.done():
            self._decision.set_result(Decision(accepted, detail))

    def _on_key(self, key: rtc.SipDTMF) -> None:
        if key.participant is not None and key.participant.identity == self._colleague:
            if key.digit == _ACCEPT:
                self._decide(True, "the colleague pressed 1")
            elif key.digit == _DECLINE:
                self._decide(False, "the colleague pressed 2")

    def _on_left(self, participant: rtc.RemoteParticipant) -> None:
        if participant.identity == self._colleague:
            self._decide(False, "the colleague hung up during the briefing")


class _BriefingAgent(Agent):
    def __init__(self, instructions: str, decide: Callable[[bool, str], None]) -> None:
        super().__init__(instructions=instructions)
        self._decide = decide

    @function_tool
    async def connect_caller(self) -> None:
        """Connect the colleague with the caller, because the colleague agrees to take the call."""
        self._decide(True, "the colleague agreed")
        raise StopResponse

    @function_tool
    async def decline_caller(self, reason: str) -> None:
        """Leave the caller with the first agent, because the colleague does not take the call.

        Args:
            reason: why, in a few words.
        """
        self._decide(False, reason)
        raise StopResponse


def _session_like(session: AgentSession[Any]) -> AgentSession[Any]:
    """Return a new session with the models that the given session uses now."""
    agent = session.current_agent
    models = {
        name: given if utils.is_given(given := getattr(agent, name)) else getattr(session, name)
        for name in ("stt", "llm", "tts", "vad")
    }
    turns: Any = dict(session.options.turn_handling)
    given = {name: model for name, model in models.items() if model is not None}
    # By default, LiveKit waits 2 s at the end for the colleague's last transcript, which nobody needs.
    return AgentSession(**given, turn_handling=turns, session_close_transcript_timeout=0.0)
