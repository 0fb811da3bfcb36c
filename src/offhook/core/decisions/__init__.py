"""The decisions that policies return. The supervisor carries the decisions out, and the journal records their `why`."""

from collections.abc import Mapping

from offhook.core.decisions.actions import (
    CommandStatus,
    Instruct,
    MarkAway,
    Note,
    PlaceCall,
    ReportCommand,
    RunCommand,
    RunFunction,
    RunnableCommand,
    SwitchStt,
    Transfer,
)
from offhook.core.decisions.ending import (
    CancelEnding,
    EndCall,
    HangUp,
)
from offhook.core.decisions.recording import AnswerConsent, StartRecording
from offhook.core.decisions.speech import (
    AbandonAnswer,
    AbandonTurnCode,
    AnswerCarriedWords,
    Ask,
    PausePlayout,
    ResumePlayout,
    RetryAnswer,
    RetryCause,
    Say,
    StopLine,
)

__all__ = [
    "DECISIONS",
    "AbandonAnswer",
    "AbandonTurnCode",
    "AnswerCarriedWords",
    "AnswerConsent",
    "Ask",
    "CancelEnding",
    "CommandStatus",
    "Decision",
    "EndCall",
    "HangUp",
    "Instruct",
    "MarkAway",
    "Note",
    "PausePlayout",
    "PlaceCall",
    "ReportCommand",
    "ResumePlayout",
    "RetryAnswer",
    "RetryCause",
    "RunCommand",
    "RunFunction",
    "RunnableCommand",
    "Say",
    "StartRecording",
    "StopLine",
    "SwitchStt",
    "Transfer",
]

Decision = (
    Say
    | Ask
    | StopLine
    | PausePlayout
    | ResumePlayout
    | RetryAnswer
    | AbandonAnswer
    | AbandonTurnCode
    | AnswerCarriedWords
    | SwitchStt
    | RunFunction
    | Instruct
    | Transfer
    | MarkAway
    | EndCall
    | CancelEnding
    | HangUp
    | RunCommand
    | ReportCommand
    | PlaceCall
    | AnswerConsent
    | StartRecording
    | Note
)

DECISIONS: Mapping[str, type] = {decision.__name__: decision for decision in Decision.__args__}
