"""Pauses a speech's silent end only if the caller's sound is so long that LiveKit alone would pause too."""

import asyncio
from collections.abc import Callable
from typing import Any

from livekit.agents import AgentSession
from livekit.agents.voice import SpeechHandle, events

from offhook.core.facts import CallerStateChanged, Fact, PlayoutKept

__all__ = ["SilentEnd"]

_HANGOVER = 0.25
"""The VAD reports the end of a sound this many seconds late."""


class SilentEnd:
    """A pause of the silence at the end of a speech saves no words of the agent, so a short sound of the caller does
    not pause this silence. But if the speech called a tool, the caller's words must end the speech before its audio
    ends. Otherwise, LiveKit 1.8.9 waits 5 s for the tool before it answers the words, or it answers the tool's result
    first. Therefore a longer sound pauses the silence, as with LiveKit alone. The silence of a speech without a tool is
    never paused: a pause would only delay the answer.
    """

    def __init__(
        self, session: AgentSession[Any], pause: Callable[[], None], post: Callable[[Fact], None], least: float
    ) -> None:
        """`least`: the seconds of sound after which LiveKit alone would pause the agent."""
        self._session = session
        self._pause = pause
        self._post = post
        self.least = least + _HANGOVER
        """LiveKit alone pauses a speech at the earliest this many seconds after the caller's sound starts."""
        self._sound_at = 0.0
        self._waits: asyncio.TimerHandle | None = None
        session.on("agent_state_changed", self._on_agent_state)

    def notice(self, fact: Fact) -> None:
        if isinstance(fact, CallerStateChanged) and fact.state == "speaking":
            self._sound_at = asyncio.get_running_loop().time()

    def take(self, speech: SpeechHandle) -> None:
        """If this speech called a tool, pause the speech when the caller's sound has lasted long enough, unless the
        speech has ended by then.
        """
        if any(item.type == "function_call" for item in speech.chat_items):
            self._waits = asyncio.get_running_loop().call_at(self._sound_at + self.least, self._late, speech)
        else:
            self._kept()

    def cancel(self) -> None:
        """Cancel the pause that `take` has planned."""
        if self._waits is not None:
            self._waits.cancel()
            self._kept()

    def _on_agent_state(self, event: events.AgentStateChangedEvent) -> None:
        """Cancel the pause when the speech has ended, so that the next agent's first line is not paused."""
        if event.new_state != "speaking":
            self.cancel()

    def _late(self, speech: SpeechHandle) -> None:
        if self._session.user_state == "speaking" and not speech.interrupted:
            self._waits = None
            self._pause()
        else:
            self._kept()

    def _kept(self) -> None:
        self._waits = None
        self._post(PlayoutKept("only silence is left of this speech"))
