"""The stages of an ending: one table of stages and transitions.

The diagram in the documentation is generated from this table.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Literal

__all__ = ["TRANSITIONS", "EndingEvent", "EndingStages", "Stage"]

Stage = Literal["open", "goodbye", "tail", "closing", "over"]


class EndingEvent(Enum):
    """The events that change the stage."""

    GOODBYE_STARTED = "an end with a goodbye is requested"
    GOODBYE_PLAYED = "the goodbye was played"
    CANCELLED = "the caller spoke during the goodbye, and the end is cancelled"
    HANG_UP_STARTED = "the hang-up starts: without a goodbye, after the tail, or because the goodbye failed"
    HANG_UP_ENDED = "the hang-up is done, or has timed out"
    DISCONNECTED = "the server closed the room"


_ALWAYS: Mapping[EndingEvent, Stage] = {EndingEvent.HANG_UP_ENDED: "over", EndingEvent.DISCONNECTED: "over"}
_BEFORE: Mapping[EndingEvent, Stage] = {**_ALWAYS, EndingEvent.HANG_UP_STARTED: "closing"}

TRANSITIONS: Mapping[Stage, Mapping[EndingEvent, Stage]] = {
    "open": {**_BEFORE, EndingEvent.GOODBYE_STARTED: "goodbye"},
    "goodbye": {
        **_BEFORE,
        EndingEvent.GOODBYE_STARTED: "goodbye",  # the goodbye of a later request, after the first request was cancelled
        EndingEvent.GOODBYE_PLAYED: "tail",
        EndingEvent.CANCELLED: "open",
    },
    "tail": _BEFORE,
    "closing": {EndingEvent.HANG_UP_ENDED: "over"},
    "over": {},
}
"""Because facts arrive in any order, an event may have no entry for the current stage. Such an event changes nothing.
"""


class EndingStages:
    """The current stage; `take` is the only way to change it."""

    def __init__(self) -> None:
        self.stage: Stage = "open"

    def take(self, event: EndingEvent) -> bool:
        """Apply one event. If the table has no transition for the event, change nothing and return False."""
        following = TRANSITIONS[self.stage].get(event)
        if following is None:
            return False
        self.stage = following
        return True
