"""Ends the call after a transfer, if the phone does not leave by itself."""

from collections.abc import Sequence
from typing import ClassVar

from offhook.core.decisions import Decision, EndCall
from offhook.core.facts import CallerLeft, EndRequested, Fact, Tick, TransferEnded

__all__ = ["LEAVE", "TransferPolicy"]

LEAVE = 5.0
"""Seconds that a transferred phone may take to leave. Normally, LiveKit's SIP bridge ends the phone's leg (BYE) after
1.0 s.
"""


class TransferPolicy:
    """Hangs up a phone that was transferred and is still in the room."""

    name: ClassVar[str] = "transfer"

    def __init__(self) -> None:
        self.deadline: float | None = None

    def handle(self, fact: Fact, now: float) -> Sequence[Decision]:
        match fact:
            case TransferEnded(status="done"):
                self.deadline = now + LEAVE
            case CallerLeft() | EndRequested():
                self.deadline = None
            case Tick() if self.deadline is not None and now >= self.deadline:
                self.deadline = None
                why = f"the transferred phone was still in the room after {LEAVE:g} s"
                return [EndCall("transferred", goodbye="", scope="caller", by=self.name, why=why)]
        return ()
