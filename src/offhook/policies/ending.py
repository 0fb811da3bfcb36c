"""Ends a call once: first the goodbye, then the hang-up. If the goodbye cannot be played, the call is hung up without
it.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from offhook.core.decisions import CancelEnding, Decision, HangUp, Note
from offhook.core.ending import Ending, Scope
from offhook.core.facts import (
    AgentStateChanged,
    CallerLeft,
    CallerStateChanged,
    Ended,
    EndRequested,
    Fact,
    HangUpDone,
    LinePlayed,
    PlanFailed,
    Planned,
    RoomDisconnected,
    SessionClosed,
    Tick,
)
from offhook.policies.end_requests import can_be_cancelled, end_request_of, goodbye_of
from offhook.policies.ending_stages import EndingEvent, EndingStages, Stage
from offhook.policies.goodbye import Goodbye
from offhook.policies.leg import CallerLeg

__all__ = ["EndingPolicy"]

TAIL_WEB = 0.12
"""Seconds between the end of playout and the hang-up of a web call.

The delay is needed, because at the end of playout the last word is still in the caller's jitter buffer.
"""
TAIL_PHONE = 0.3
"""Seconds between the end of playout and the hang-up of a phone call."""

CLOSING = 30.0
"""Seconds that a hang-up may take, with all retries. After this time, the call counts as ended, and the fact `Ended`
says that the hang-up did not finish.
"""
LOST = 2.0
"""Seconds that a hang-up may still take after the room disconnected. The hang-up itself may be the cause of the
disconnect.
"""


class EndingPolicy:
    """Every end of a call goes through this policy. The first request counts; later requests are recorded in the
    journal and ignored.

    There is one exception: if the caller cancels the first request, the first later request that cannot be cancelled
    (for example a limit) takes effect.
    """

    name: ClassVar[str] = "ending"

    def __init__(self) -> None:
        self._how = Ending()
        self._leg = CallerLeg()
        self._request: EndRequested | None = None
        self._next_request: EndRequested | None = None
        self._left_open = ""
        self._lost = False
        self._goodbye = Goodbye()
        self._stages = EndingStages()
        self.deadline: float | None = None

    @property
    def stage(self) -> Stage:
        return self._stages.stage

    @property
    def begun(self) -> bool:
        return self.stage != "open"

    @property
    def outcome(self) -> Ended:
        """The fact that says why the call ended; the supervisor adds the length of the call (`seconds`)."""
        request = self._request or EndRequested("error", by="offhook", detail="the supervisor stopped")
        details = [request.detail, f"left open: {self._left_open}" if self._left_open else ""]
        return Ended(request.reason, detail="; ".join(filter(None, details)))

    def handle(self, fact: Fact, now: float) -> Sequence[Decision]:
        self._leg.notice(fact)
        match fact:
            case Planned(ending=ending):
                self._how = ending
            case EndRequested() | PlanFailed() | SessionClosed():
                return self._request_end(end_request_of(fact), now)
            case CallerLeft() | RoomDisconnected() | HangUpDone():
                return self._on_left(fact, now)
            case LinePlayed(tag="goodbye") if self.stage == "goodbye":
                return self._on_goodbye_played(fact, now)
            case CallerStateChanged() | AgentStateChanged():
                self._on_state_changed(fact, now)
            case Tick() if self.deadline is not None and now >= self.deadline:
                return self._on_deadline(now)
        return ()

    def _on_state_changed(self, fact: CallerStateChanged | AgentStateChanged, now: float) -> None:
        self._goodbye.notice(fact)
        if isinstance(fact, AgentStateChanged) and self.stage == "goodbye" and self._goodbye.awaits_model:
            self.deadline = self._goodbye.soon(now)

    def _on_deadline(self, now: float) -> Sequence[Decision]:
        match self.stage:
            case "tail":
                return self._hang_up("the goodbye was played", now)
            case "goodbye" if now < self._goodbye.until:
                return self._play_goodbye_now(now)
            case "goodbye":
                return self._hang_up("the goodbye timed out", now)
        self._end("" if self._lost else f"the hang-up did not finish within {CLOSING:g} s")
        return ()

    def _request_end(self, request: EndRequested, now: float) -> Sequence[Decision]:
        if self._request is not None:
            if self._next_request is None and not can_be_cancelled(request, self._how):
                self._next_request = request
            return [Note(why=f"already ending ({self._request.reason}); ignored: {request.reason} by {request.by}")]
        if self._leg.transferred and request.reason != "transferred":
            request = replace(request, reason="transferred", goodbye="", detail=f"{request.reason}: {request.detail}")
        self._request = request
        text = goodbye_of(request, self._how)
        if text and not self._leg.audible:
            return self._hang_up(f"{request.reason} by {request.by}; nobody can hear the goodbye", now)
        if not text:
            return self._hang_up(f"{request.reason} by {request.by}", now)
        self._stages.take(EndingEvent.GOODBYE_STARTED)
        say, self.deadline = self._goodbye.start(request, self._how, now)
        return [say]

    def _play_goodbye_now(self, now: float) -> Sequence[Decision]:
        """If noise or an unfinished answer keeps the goodbye from starting, play the goodbye now as an uninterruptible
        line.
        """
        assert self._request is not None
        say, self.deadline = self._goodbye.play_now(self._request, self._how, now)
        return [say] if say is not None else ()

    def _on_goodbye_played(self, played: LinePlayed, now: float) -> Sequence[Decision]:
        assert self._request is not None
        if played.error:
            return self._hang_up(f"the goodbye could not be played: {played.error}", now)
        if played.interrupted and self._goodbye.interruptible:
            reason, self._request = self._request.reason, None
            if self._next_request is not None:
                return self._request_end(self._next_request, now)
            self._stages.take(EndingEvent.CANCELLED)
            self.deadline = None
            return [CancelEnding(reason, why="the caller spoke during the goodbye")]
        self._stages.take(EndingEvent.GOODBYE_PLAYED)
        self.deadline = now + (TAIL_PHONE if self._leg.phone else TAIL_WEB)
        return ()

    def _hang_up(self, why: str, now: float, scope: Scope | None = None) -> Sequence[Decision]:
        assert self._request is not None
        if not self._stages.take(EndingEvent.HANG_UP_STARTED):
            return ()
        self.deadline = now + CLOSING
        request, chosen = self._request, scope or self._request.scope or self._how.scope
        if chosen == "agent" and scope is None and self._leg.phone and self._leg.alone:
            chosen, why = "caller", f"{why}; the phone would be alone in the room"
        return [HangUp(request.reason, chosen, request.detail, headers=request.headers, why=why)]

    def _on_left(self, fact: Fact, now: float) -> Sequence[Decision]:
        match fact:
            case CallerLeft() if self.stage in ("open", "goodbye", "tail"):
                return self._on_caller_left(fact, now)
            case RoomDisconnected() if self.stage == "closing":
                self._lost, self.deadline = True, now + LOST
            case RoomDisconnected(reason="client_initiated"):  # the agent's own code left the room; the caller is there
                self._request = self._request or EndRequested("agent_ended", by="code", detail="room.disconnect()")
                return self._hang_up("the agent's code left the room", now, scope="agent" if self._leg.others else None)
            case RoomDisconnected(reason=reason):
                self._request = self._request or EndRequested("room_closed", by="server", detail=reason)
                self._stages.take(EndingEvent.DISCONNECTED)
                self.deadline = None
            case HangUpDone(left_open=left_open):
                self._end(left_open)
        return ()

    def _on_caller_left(self, fact: CallerLeft, now: float) -> Sequence[Decision]:
        """Hang up after the caller has left. If other people are in the room, or another phone call now has the
        caller's identity, only the agent leaves. Otherwise the room is closed.
        """
        self._request = self._request or self._leg.departure(fact, now)
        if not fact.successor:
            return self._hang_up("the caller left", now, scope="agent" if self._leg.others else "room")
        (decision,) = self._hang_up("another phone call has the caller's identity", now, scope="agent")
        assert isinstance(decision, HangUp)
        return [replace(decision, successor=True)]

    def _end(self, left_open: str) -> None:
        self._stages.take(EndingEvent.HANG_UP_ENDED)
        self._left_open, self.deadline = left_open, None
