"""Keeps the facts of an agent that has no journal: what its session and its room tell, in the journal's words."""

import asyncio
import time
from typing import Any

from livekit import rtc
from livekit.agents import AgentSession

from offhook.core.ending import EndReason
from offhook.core.facts import CallerLeft, Connected, Ended, Fact, SessionClosed
from offhook.core.record import Record, body_of
from offhook.line.events import RoomWatch
from offhook.session.listen import listen
from offhook.testing.simulation.notebook import Notebook
from offhook.testing.simulation.room import SimulatedRoom

__all__ = ["Witness"]


class Witness:
    """Writes into a notebook until the call is over. For agents without offhook: it watches, and changes nothing."""

    def __init__(self, notebook: Notebook, call: str) -> None:
        self._notebook, self._call = notebook, call
        self._loop = asyncio.get_running_loop()
        self._began, self._wall = self._loop.time(), time.time()
        self._seq = 1
        self._left = ""
        self._error = ""

    def connected(self, room: SimulatedRoom) -> None:
        """The agent is in the room."""
        if self._notebook.opened:
            return
        self.post(Connected(room.name, room.local_participant.identity))
        watched: Any = room  # it has the surface of LiveKit's room that is watched
        RoomWatch(watched, self.post).start()

    def session(self, session: AgentSession[Any]) -> None:
        """A session is about to start."""
        if not self._notebook.opened:
            listen(session, self.post, self._loop.time)

    def post(self, fact: Fact) -> None:
        match fact:
            case CallerLeft(reason=reason):
                self._left = self._left or reason
            case SessionClosed(reason="error", error=error):
                self._error = error or "the session failed"
        elapsed = round(self._loop.time() - self._began, 4)
        body = body_of(fact)
        if isinstance(since := body.get("since"), float):
            body["since"] = round(since - self._began, 4)
        seq, self._seq = self._seq, self._seq + 1
        self._notebook.append(Record(self._call, seq, self._wall + elapsed, elapsed, "fact", type(fact).__name__, body))

    def ended(self, detail: str) -> None:
        """The call is over."""
        if self._notebook.opened:
            return
        reason: EndReason = "agent_ended"
        if self._left and self._left != _removed():
            reason, detail = "caller_hung_up", self._left
        elif self._error:
            reason, detail = "error", self._error
        elif detail.startswith("the job failed"):
            reason = "error"
        self.post(Ended(reason, detail=detail, seconds=round(self._loop.time() - self._began, 3)))


def _removed() -> str:
    return rtc.DisconnectReason.Name(rtc.DisconnectReason.PARTICIPANT_REMOVED).lower()
