"""What can happen on a call. Facts only: plain data, no behaviour.

Times named `since` are seconds on the supervisor's monotonic clock; durations are seconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from offhook.core.facts.life import (
    Accepted,
    CallerBack,
    CallerFound,
    CallerLeft,
    CallerMissing,
    CallerStatus,
    Connected,
    Ended,
    LineBack,
    LineClosed,
    LineFaded,
    LineLost,
    Others,
    PlanFailed,
    Planned,
    SessionClosed,
    SessionStarted,
)
from offhook.core.facts.said import (
    AgentTurned,
    CallerTurned,
    Did,
    HandedOver,
    Heard,
    KeyPressed,
    Said,
    Spoken,
    ToolEnded,
    ToolStarted,
    Turn,
    Unspoken,
    Used,
)
from offhook.core.facts.wanted import (
    Applied,
    AwayWanted,
    Commanded,
    ContextReset,
    EndCancelled,
    EndWanted,
    Failed,
    Forgotten,
    InstructionsChanged,
    MessageAdded,
    PauseChanged,
    SilenceChanged,
)
from offhook.core.facts.wrong import (
    AskedBeside,
    HandlerFailed,
    HearingLost,
    HookRan,
    ModelFailed,
    ToolRefused,
    VoiceStalled,
    Warned,
)

__all__ = [
    "FACTS",
    "Accepted",
    "AgentTurned",
    "Applied",
    "AskedBeside",
    "AwayWanted",
    "CallerBack",
    "CallerFound",
    "CallerLeft",
    "CallerMissing",
    "CallerStatus",
    "CallerTurned",
    "Commanded",
    "Connected",
    "ContextReset",
    "Did",
    "EndCancelled",
    "EndWanted",
    "Ended",
    "Fact",
    "Failed",
    "Forgotten",
    "HandedOver",
    "HandlerFailed",
    "Heard",
    "HearingLost",
    "HookRan",
    "InstructionsChanged",
    "KeyPressed",
    "LineBack",
    "LineClosed",
    "LineFaded",
    "LineLost",
    "MessageAdded",
    "ModelFailed",
    "Others",
    "PauseChanged",
    "PlanFailed",
    "Planned",
    "Said",
    "SessionClosed",
    "SessionStarted",
    "SilenceChanged",
    "Spoken",
    "Tick",
    "ToolEnded",
    "ToolRefused",
    "ToolStarted",
    "Turn",
    "Unspoken",
    "Used",
    "VoiceStalled",
    "Warned",
]


@dataclass(frozen=True, slots=True)
class Tick:
    """A policy's deadline has come."""


Fact = (
    Tick
    | Accepted
    | Connected
    | CallerFound
    | CallerStatus
    | CallerLeft
    | CallerMissing
    | CallerBack
    | Others
    | Planned
    | PlanFailed
    | SessionStarted
    | SessionClosed
    | LineFaded
    | LineBack
    | LineLost
    | LineClosed
    | Ended
    | AgentTurned
    | HandedOver
    | CallerTurned
    | Heard
    | Said
    | KeyPressed
    | Spoken
    | Did
    | ToolStarted
    | ToolEnded
    | Turn
    | Unspoken
    | Used
    | ModelFailed
    | VoiceStalled
    | HearingLost
    | AskedBeside
    | ToolRefused
    | HandlerFailed
    | HookRan
    | Warned
    | EndWanted
    | EndCancelled
    | AwayWanted
    | SilenceChanged
    | PauseChanged
    | InstructionsChanged
    | ContextReset
    | MessageAdded
    | Forgotten
    | Commanded
    | Applied
    | Failed
)

FACTS: Mapping[str, type] = {fact.__name__: fact for fact in Fact.__args__}
