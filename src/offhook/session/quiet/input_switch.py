"""Switches off the session's audio input while the agent must not hear the caller. Also stops LiveKit's away timer
while the agent is quiet.
"""

from typing import Any

from livekit.agents import AgentSession
from livekit.agents.llm import RealtimeModel

from offhook.session.context.update import session_of
from offhook.session.inbound.answer_evidence import llm_of
from offhook.session.outbound.away import NEVER

__all__ = ["InputSwitch", "must_not_hear"]

_PAUSED = NEVER + 1.0
"""The away timeout in seconds while the agent is quiet. If the session later has another value, other code has changed
the timeout.
"""


class InputSwitch:
    """The audio input and the away timer of one session."""

    def __init__(self, session: AgentSession[Any]) -> None:
        self._session = session
        self._off = False
        self._away: float | None = None

    def set(self, *, heard: bool) -> None:
        """If `heard` is true, switch the audio input on again, otherwise off. An audio input that the agent's code has
        switched off stays off.
        """
        source = self._session.input
        if heard and self._off:
            self._off = False
            source.set_audio_enabled(True)
        elif not heard and not self._off and source.audio is not None and source.audio_enabled:
            self._off = True
            source.set_audio_enabled(False)
            # The Realtime model may already have received the beginning of the caller's sentence.
            if (realtime := session_of(self._session.current_agent)) is not None:
                realtime.clear_audio()

    def pause_away(self) -> None:
        """Stop LiveKit's away timer, because a caller who waits for a quiet agent is not away."""
        options = self._session.options
        if options.user_away_timeout is None:
            return
        self._away, options.user_away_timeout = options.user_away_timeout, _PAUSED
        self._restart_away()

    def resume_away(self) -> None:
        """Start LiveKit's away timer again, with the timeout that was set before `pause_away`."""
        options = self._session.options
        if options.user_away_timeout == _PAUSED:
            options.user_away_timeout = self._away
            self._restart_away()

    def _restart_away(self) -> None:
        if self._session.user_state != "away":  # for an away caller, `reset_away_timer` would end the away state
            self._session.reset_away_timer()


def must_not_hear(session: AgentSession[Any], *, context: bool) -> bool:
    """True if the current model is a Realtime model that would answer the caller's audio, or would keep the caller's
    words although `context` is false.
    """
    model = llm_of(session)
    return isinstance(model, RealtimeModel) and (model.capabilities.turn_detection or not context)
