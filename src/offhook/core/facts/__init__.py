"""The facts of a call: data classes for what has happened in the call.

Times named `since` are seconds on the supervisor's monotonic clock. Durations are in seconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from offhook.core.facts.answering import (
    AgentCodeEnded,
    AgentCodeStarted,
    BargeInReady,
    ModelResponded,
    ModelResponding,
    PlayoutKept,
    PlayoutPaused,
    PlayoutResumed,
    PreemptiveAnswer,
    SpeechCreated,
    SpeechEnded,
    TurnCommitted,
    TurnDeclined,
    WordsCarried,
)
from offhook.core.facts.base import Fact
from offhook.core.facts.conversation import (
    ActionDone,
    AgentHandoff,
    AgentStateChanged,
    CallerStateChanged,
    EndpointingChanged,
    EndpointingChosen,
    KeyPressed,
    LinePlayed,
    MessageCommitted,
    ResponseTimed,
    SpeechNotPlayed,
    TranscriptReceived,
    UsageUpdated,
)
from offhook.core.facts.dialling import AnsweredBy, DialRequested, DialResult, DialStatus
from offhook.core.facts.lifecycle import (
    Connected,
    Ended,
    HangUpDone,
    JobAccepted,
    PlanFailed,
    Planned,
    RoomDisconnected,
    RouteMatched,
    SessionClosed,
    SessionStarted,
)
from offhook.core.facts.media import (
    LineMeasured,
    LineTurnedBad,
    MediaLost,
    MediaRestored,
)
from offhook.core.facts.participants import (
    CallerAbsent,
    CallerFound,
    CallerLeft,
    CallerRejoined,
    CallerStatus,
    OtherParticipants,
)
from offhook.core.facts.problems import (
    CallAnalysed,
    HandlerFailed,
    HookRan,
    ModelFailed,
    RequestHedged,
    SttInterrupted,
    TtsResumed,
    TtsStalled,
    Warned,
)
from offhook.core.facts.recording import (
    ConsentAnswered,
    RecordingDiscarded,
    RecordingFailed,
    RecordingKept,
    RecordingPaused,
    RecordingResumed,
    RecordingStarted,
    RecordingStored,
)
from offhook.core.facts.requests import (
    ActionFailed,
    AwayRequested,
    CommandReceived,
    CommandRefused,
    CommandResult,
    ContextReset,
    EndCancelled,
    EndRequested,
    InstructionsChanged,
    MessageAdded,
    PauseChanged,
    QuietChanged,
    SilenceChanged,
    SpeechRedacted,
    TransferEnded,
    TransferStarted,
)
from offhook.core.facts.tools import ToolEnded, ToolRefused, ToolReleased, ToolStarted

__all__ = [
    "FACTS",
    "ActionDone",
    "ActionFailed",
    "AgentCodeEnded",
    "AgentCodeStarted",
    "AgentHandoff",
    "AgentStateChanged",
    "AnsweredBy",
    "AwayRequested",
    "BargeInReady",
    "CallAnalysed",
    "CallerAbsent",
    "CallerFound",
    "CallerLeft",
    "CallerRejoined",
    "CallerStateChanged",
    "CallerStatus",
    "CommandReceived",
    "CommandRefused",
    "CommandResult",
    "Connected",
    "ConsentAnswered",
    "ContextReset",
    "DialRequested",
    "DialResult",
    "DialStatus",
    "EndCancelled",
    "EndRequested",
    "Ended",
    "EndpointingChanged",
    "EndpointingChosen",
    "Fact",
    "HandlerFailed",
    "HangUpDone",
    "HookRan",
    "InstructionsChanged",
    "JobAccepted",
    "KeyPressed",
    "LineMeasured",
    "LinePlayed",
    "LineTurnedBad",
    "MediaLost",
    "MediaRestored",
    "MessageAdded",
    "MessageCommitted",
    "ModelFailed",
    "ModelResponded",
    "ModelResponding",
    "OtherParticipants",
    "PauseChanged",
    "PlanFailed",
    "Planned",
    "PlayoutKept",
    "PlayoutPaused",
    "PlayoutResumed",
    "PreemptiveAnswer",
    "QuietChanged",
    "RecordingDiscarded",
    "RecordingFailed",
    "RecordingKept",
    "RecordingPaused",
    "RecordingResumed",
    "RecordingStarted",
    "RecordingStored",
    "RequestHedged",
    "ResponseTimed",
    "RoomDisconnected",
    "RouteMatched",
    "SessionClosed",
    "SessionStarted",
    "SilenceChanged",
    "SpeechCreated",
    "SpeechEnded",
    "SpeechNotPlayed",
    "SpeechRedacted",
    "SttInterrupted",
    "Tick",
    "ToolEnded",
    "ToolRefused",
    "ToolReleased",
    "ToolStarted",
    "TranscriptReceived",
    "TransferEnded",
    "TransferStarted",
    "TtsResumed",
    "TtsStalled",
    "TurnCommitted",
    "TurnDeclined",
    "UsageUpdated",
    "Warned",
    "WordsCarried",
]


@dataclass(frozen=True, slots=True)
class Tick(Fact):
    """The deadline of a policy is reached."""


FACTS: Mapping[str, type[Fact]] = {
    name: kind
    for name, kind in tuple(globals().items())
    if isinstance(kind, type) and issubclass(kind, Fact) and kind is not Fact
}
