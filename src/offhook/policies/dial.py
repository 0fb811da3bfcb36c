"""Dials a phone, dials again after the outcomes that the plan names, and ends the call if nobody can be reached."""

from collections.abc import Sequence
from typing import ClassVar

from offhook.core.decisions import Decision, EndCall, PlaceCall
from offhook.core.dial import OUTCOME_REASONS, Redial
from offhook.core.facts import DialRequested, DialResult, EndRequested, Fact, RoomDisconnected, Tick

__all__ = ["DialPolicy"]


class DialPolicy:
    """Follows the attempts of one outbound call."""

    name: ClassVar[str] = "dial"

    def __init__(self) -> None:
        self._redial: Redial | None = None
        self._dialling = False
        self._attempt = 0
        self.deadline: float | None = None

    def handle(self, fact: Fact, now: float) -> Sequence[Decision]:
        match fact:
            case DialRequested(redial=redial) if not self._attempt:
                self._redial, self._dialling = redial, True
                return self._place("the plan dials")
            case DialResult() if self._dialling:
                return self._on_result(fact, now)
            case EndRequested() | RoomDisconnected():
                self._dialling, self.deadline = False, None
            case Tick() if self.deadline is not None and now >= self.deadline:
                self.deadline = None
                return self._place("the pause is over")
        return ()

    def _place(self, why: str) -> Sequence[Decision]:
        self._attempt += 1
        return [PlaceCall(self._attempt, why=why)]

    def _on_result(self, result: DialResult, now: float) -> Sequence[Decision]:
        if result.outcome == "answered":
            self._dialling = False
            return ()
        redial, why = self._redial, result.text or result.outcome
        if redial is not None and result.outcome in redial.on and self._attempt <= redial.times:
            self.deadline = now + redial.pause
            return ()
        self._dialling = False
        reason = OUTCOME_REASONS.get(result.outcome, "error")
        return [EndCall(reason, goodbye="", by=self.name, why=why)]
