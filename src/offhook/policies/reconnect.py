"""Waits for an absent caller to rejoin: after an interrupted connection, or when the caller's session is replaced."""

from collections.abc import Sequence
from typing import ClassVar

from offhook.core.decisions import Decision, EndCall
from offhook.core.ending import Scope
from offhook.core.facts import CallerAbsent, CallerRejoined, Fact, OtherParticipants, Tick

__all__ = ["ReconnectPolicy"]

REJOIN_TIMEOUT = 10.0
"""Seconds that a caller's client may take to rejoin after a server outage, or to connect with a new session."""


class ReconnectPolicy:
    """Ends the call if the caller does not rejoin in time."""

    name: ClassVar[str] = "reconnect"

    def __init__(self) -> None:
        self._others = 0
        self._reason = ""
        self.deadline: float | None = None

    def handle(self, fact: Fact, now: float) -> Sequence[Decision]:
        match fact:
            case OtherParticipants(count=count):
                self._others = count
            case CallerAbsent(reason=reason):
                self._reason, self.deadline = reason, now + REJOIN_TIMEOUT
            case CallerRejoined():
                self.deadline = None
            case Tick() if self.deadline is not None and now >= self.deadline:
                self.deadline = None
                scope: Scope = "agent" if self._others else "room"
                return [EndCall("caller_hung_up", goodbye="", scope=scope, by=self.name, why=self._why())]
        return ()

    def _why(self) -> str:
        if self._reason:
            cause = f"the caller's session was replaced ({self._reason})"
            return f"{cause}, and no new session joined within {REJOIN_TIMEOUT:g} s"
        return f"the caller did not rejoin within {REJOIN_TIMEOUT:g} s after the connection was interrupted"
