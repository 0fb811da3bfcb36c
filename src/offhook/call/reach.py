"""Ends a call if its session cannot reach the caller. Either the session has no room, or the caller is on a phone and
the session has no audio output.
"""

from collections.abc import Callable
from typing import Any

from livekit import rtc
from livekit.agents import AgentSession

from offhook.core.call import Caller
from offhook.core.facts import EndRequested, Fact, MessageCommitted

__all__ = ["Reach"]

_NO_ROOM = "the session is not in the room: start it with `await session.start(agent, room=ctx.room)`"
_NO_SOUND = "the session has no audio output for a caller on a phone: start it without `audio_output=False`"


class Reach:
    """Checks after each agent message whether the session's output can reach the caller.

    Other code may send the session's audio on a separate track, and a web page may show the session's text. In both
    cases, the session's output counts as reaching the caller.
    """

    def __init__(
        self,
        session: AgentSession[Any],
        room: rtc.Room,
        *,
        caller: Callable[[], Caller],
        end: Callable[[EndRequested], None],
    ) -> None:
        self._session = session
        self._room = room
        self._caller = caller
        self._end = end
        self._ended = False

    def notice(self, fact: Fact) -> None:
        """End the call if an agent message cannot reach the caller. Ignore a message with `since`, because the
        announcer has played it.
        """
        if isinstance(fact, MessageCommitted) and fact.role == "assistant" and fact.since is None and not self._ended:
            problem = self._problem()
            self._ended = bool(problem)
            if problem:
                self._end(EndRequested("error", by="session", detail=problem))

    def _problem(self) -> str:
        """Return why the session's output cannot reach the caller; return an empty string if the output may reach the
        caller.
        """
        into, out = self._session.input, self._session.output
        if out.audio is not None or self._room.local_participant.track_publications:
            return ""
        if into.audio is None and out.transcription is None:
            return _NO_ROOM
        return _NO_SOUND if self._caller().kind == "phone" else ""
