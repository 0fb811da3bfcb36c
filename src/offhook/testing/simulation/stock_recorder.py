"""Records, in journal format, the session and room events of an agent without offhook."""

import asyncio
import time
from typing import Any

from livekit import rtc
from livekit.agents import AgentSession

from offhook.core.ending import EndReason
from offhook.core.facts import CallerLeft, Connected, Ended, Fact, SessionClosed
from offhook.core.record import Record, to_body
from offhook.room.events import RoomWatch
from offhook.session.inbound.events import attach_events
from offhook.testing.simulation.memory_journal import InMemoryJournal
from offhook.testing.simulation.room import SimulatedRoom

__all__ = ["StockRecorder"]


class StockRecorder:
    """Writes facts to an in-memory journal until the end of the call; changes nothing in the call.

    Writes nothing more after the agent has opened a journal itself.
    """

    def __init__(self, journal: InMemoryJournal, call: str) -> None:
        self._journal, self._call = journal, call
        self._loop = asyncio.get_running_loop()
        self._began, self._wall = self._loop.time(), time.time()
        self._seq = 1
        self._left = ""
        self._error = ""

    def connected(self, room: SimulatedRoom) -> None:
        """Record that the agent has connected, and watch the room."""
        if self._journal.opened:
            return
        self.post(Connected(room.name, room.local_participant.identity))
        watched: Any = room  # `SimulatedRoom` has the part of LiveKit's room that `RoomWatch` uses
        RoomWatch(watched, self.post).start()

    def session(self, session: AgentSession[Any]) -> None:
        """Record the events of a session; called right before the session starts."""
        if not self._journal.opened:
            attach_events(session, self.post, self._loop.time)

    def post(self, fact: Fact) -> None:
        if self._journal.opened:  # an agent may join the room before it opens its journal
            return
        match fact:
            case CallerLeft(reason=reason):
                self._left = self._left or reason
            case SessionClosed(reason="error", error=error):
                self._error = error or "the session failed"
        elapsed = round(self._loop.time() - self._began, 4)
        body = to_body(fact)
        if isinstance(since := body.get("since"), float):
            body["since"] = round(since - self._began, 4)
        seq, self._seq = self._seq, self._seq + 1
        self._journal.append(Record(self._call, seq, self._wall + elapsed, elapsed, "fact", type(fact).__name__, body))

    def ended(self, detail: str) -> None:
        """Record the end of the call and its reason."""
        if self._journal.opened:
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
