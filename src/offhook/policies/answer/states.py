"""What the caller waits for: one table of states and transitions.

The diagram in the documentation is generated from this table.
"""

from collections.abc import Mapping
from enum import Enum

__all__ = ["TRANSITIONS", "AnswerState", "Event", "Owes"]


class Owes(Enum):
    """What has to act next, before the caller hears an answer: the model, the TTS, a tool or other code."""

    NOBODY = "nobody"
    TURN_CODE = "on_user_turn_completed"
    MODEL = "the model"
    VOICE = "the TTS"
    TOOL = "a tool"
    ENTRY_CODE = "on_enter"
    PLAYOUT = "playout"
    RETRY = "the retry"


class Event(Enum):
    """The events that change the state."""

    COMMITTED = "the caller's turn is complete"
    REPLY_STARTED = "an answer is being made"
    CODE_RUNS = "on_user_turn_completed still runs"
    CODE_RETURNED = "on_user_turn_completed returned"
    RESPONDED = "the model's text is complete"
    TOOL_STARTED = "a tool started"
    TOOLS_ENDED = "the last tool ended"
    HANDOFF = "another agent takes over"
    ENTERED = "on_enter returned"
    PLAYOUT_STARTED = "playout started"
    STALLED = "the audio stalled"
    PLAYED = "the answer was played"
    DECLINED = "the agent's code declined the turn"
    RETRIED = "the answer is abandoned; a retry follows"
    RETRY_READY = "the retry runs"
    GIVEN_UP = "the turn is given up"


_ALWAYS: Mapping[Event, Owes] = {
    Event.COMMITTED: Owes.TURN_CODE,
    Event.PLAYOUT_STARTED: Owes.PLAYOUT,
}
_OWED: Mapping[Event, Owes] = {
    **_ALWAYS,
    Event.DECLINED: Owes.NOBODY,
    Event.RETRIED: Owes.RETRY,
    Event.GIVEN_UP: Owes.NOBODY,
}
_ANSWERING: Mapping[Event, Owes] = {
    **_OWED,
    Event.TOOL_STARTED: Owes.TOOL,
    Event.HANDOFF: Owes.ENTRY_CODE,
}

TRANSITIONS: Mapping[Owes, Mapping[Event, Owes]] = {
    Owes.NOBODY: {**_ALWAYS, Event.REPLY_STARTED: Owes.MODEL},
    Owes.TURN_CODE: {**_OWED, Event.CODE_RETURNED: Owes.MODEL},
    Owes.MODEL: {**_ANSWERING, Event.RESPONDED: Owes.VOICE},
    Owes.VOICE: {**_ANSWERING, Event.REPLY_STARTED: Owes.MODEL},
    Owes.TOOL: {**_ANSWERING, Event.TOOLS_ENDED: Owes.MODEL},
    Owes.ENTRY_CODE: {**_ANSWERING, Event.ENTERED: Owes.MODEL},
    Owes.PLAYOUT: {
        **_ALWAYS,
        Event.PLAYED: Owes.NOBODY,
        Event.STALLED: Owes.VOICE,
        Event.REPLY_STARTED: Owes.MODEL,
        Event.TOOL_STARTED: Owes.TOOL,
        Event.HANDOFF: Owes.ENTRY_CODE,
        Event.CODE_RUNS: Owes.TURN_CODE,
        Event.RETRIED: Owes.RETRY,
        Event.GIVEN_UP: Owes.NOBODY,
    },
    Owes.RETRY: {**_ALWAYS, Event.RETRY_READY: Owes.MODEL, Event.GIVEN_UP: Owes.NOBODY},
}
"""Because facts arrive in any order, an event may have no entry for the current state. Such an event changes nothing.
"""


class AnswerState:
    """The current state; `take` is the only way to change it."""

    def __init__(self) -> None:
        self.owes = Owes.NOBODY

    @property
    def owed(self) -> bool:
        """True while the caller waits for an answer; False during playout."""
        return self.owes not in (Owes.NOBODY, Owes.PLAYOUT)

    def take(self, event: Event) -> bool:
        """Apply one event. If the table has no transition for the event, change nothing and return False."""
        following = TRANSITIONS[self.owes].get(event)
        if following is None:
            return False
        self.owes = following
        return True
