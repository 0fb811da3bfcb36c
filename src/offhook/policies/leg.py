"""The state of the caller's leg: whether the caller can hear a line, and why the caller left."""

from offhook.core.ending import EndReason
from offhook.core.facts import (
    CallerFound,
    CallerLeft,
    CallerStatus,
    Connected,
    EndRequested,
    Fact,
    MediaLost,
    MediaRestored,
    OtherParticipants,
    TransferEnded,
    TransferStarted,
)

__all__ = ["CallerLeg"]

_UNANSWERED: dict[str, EndReason] = {
    "user_rejected": "declined",
    "user_unavailable": "no_answer",
    "client_initiated": "unreachable",
}
"""Maps LiveKit's disconnect reason to the end reason, for a dialled phone that left before it was answered."""


class CallerLeg:
    """Follows the facts about the caller's leg."""

    def __init__(self) -> None:
        self.phone = False
        self.others = 0
        self._agents = 0
        self._connected = self._found = self._active = self._outbound = False
        self._lost_since: float | None = None
        self._transfer = ""

    @property
    def audible(self) -> bool:
        """False if nobody can hear a goodbye: nobody has joined, or a dialled phone has not been answered.

        For a ringing inbound phone the result is True, because the agent's audio answers the phone.
        """
        return (self._active or not self._outbound) if self._found else not self._connected

    @property
    def transferred(self) -> bool:
        return self._transfer == "done"

    @property
    def alone(self) -> bool:
        """True if only the caller remains in the room when this agent leaves."""
        return not self.others and not self._agents

    def notice(self, fact: Fact) -> None:
        """Handle a fact about the room or the caller's leg."""
        match fact:
            case Connected():
                self._connected = True
            case CallerFound(phone=phone, active=active, direction=direction):
                self._found, self.phone, self._active = True, phone, active
                self._outbound = direction == "outbound"
            case CallerStatus(status="active"):
                self._active = True
            case OtherParticipants(count=count, agents=agents):
                self.others, self._agents = count, agents
            case MediaLost(side="caller", since=since):
                self._lost_since = since
            case MediaRestored(side="caller"):
                self._lost_since = None
            case TransferStarted(kind=kind):
                self._transfer = "warm" if kind == "warm" else "running"
            case TransferEnded(status=status):
                self._transfer = status

    def departure(self, fact: CallerLeft, now: float) -> EndRequested:
        """Return the end request for a caller who left.

        For a phone, LiveKit reports the same disconnect reason for many causes. Therefore the reason of the end request
        also depends on earlier facts.
        """
        reason, detail = self._cause(fact.reason, now)
        return EndRequested(reason, by="caller", detail=", ".join(filter(None, (fact.reason, detail))))

    def _cause(self, left: str, now: float) -> tuple[EndReason, str]:
        if not self.phone:
            return "caller_hung_up", ""
        if self._outbound and not self._active:
            return _UNANSWERED.get(left, "no_answer"), "the phone did not answer"
        if self.transferred:
            return "transferred", ""
        if self._transfer == "warm":
            return "caller_hung_up", "on hold during a warm transfer"
        if self._transfer == "running":
            return "caller_hung_up", "during a transfer whose result is not known"
        if self._lost_since is not None:
            return "media_lost", f"no packet of the phone for {now - self._lost_since:.1f} s"
        return "caller_hung_up", ""
