"""The decisions that policies return. The supervisor carries them out. `why` goes into the journal."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Protocol

from offhook.core.ending import EndReason, Scope
from offhook.core.headers import Header
from offhook.core.ladder import Work

__all__ = [
    "DECISIONS",
    "AbandonAnswer",
    "AbandonTurnCode",
    "Ask",
    "CancelEnding",
    "CommandStatus",
    "Decision",
    "EndCall",
    "HangUp",
    "Instruct",
    "MarkAway",
    "Note",
    "PlaceCall",
    "ReportCommand",
    "RetryAnswer",
    "RetryCause",
    "RunCommand",
    "RunFunction",
    "RunnableCommand",
    "Say",
    "StopLine",
    "SwitchStt",
    "Transfer",
]


CommandStatus = Literal["applied", "spoken", "interrupted", "failed", "unsupported"]
"""A result of a command. "applied": the call was changed. "spoken": the line was played to its end. "interrupted": the
caller interrupted the line. "failed" and "unsupported": nothing was changed; the detail says why."""


class RunnableCommand(Protocol):
    """A command as the session sees it; see `offhook.core.commands`."""

    name: ClassVar[str]

    async def run(self, call: Any, by: str) -> str:
        """Change the call; return a detail in words, or an empty string."""


RetryCause = Literal["retry", "tool", "loop", "entry_code"]


@dataclass(frozen=True, slots=True)
class Say:
    """Speak this line; `LinePlayed(tag)` follows when playout has finished.

    `skip_if_goodbye_said`: if the agent is already saying goodbye, wait for that speech and do not play this line.
    `out_of_band`: play the line at once, outside the session's speech queue, even while an answer is awaited. When the
    agent speaks, the policy stops the line with `StopLine`. `file`: play this audio file, which has the text's words.
    """

    text: str
    tag: str
    interruptible: bool = True
    skip_if_goodbye_said: bool = False
    out_of_band: bool = False
    file: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """Let the model speak with these instructions; `LinePlayed(tag)` follows.

    If `tool` is set, the model must call that tool first.
    """

    instructions: str
    tag: str
    tool: str = ""
    interruptible: bool = True
    why: str = ""


@dataclass(frozen=True, slots=True)
class StopLine:
    """Stop the line with this tag."""

    tag: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class RetryAnswer:
    """Interrupt the awaited answer and ask the model again; `ActionDone(tag)` follows.

    The tag is the cause. "retry": the answer failed or did not come in time. "tool": a tool took too long. "loop": the
    model called too many tools. "entry_code": `on_enter` took too long. For "tool" and "loop", the request to the model
    states the cause and allows no tools.
    """

    tag: RetryCause = "retry"
    why: str = ""


@dataclass(frozen=True, slots=True)
class AbandonAnswer:
    """Interrupt the awaited answer and do not ask the model again; `ActionDone(tag)` follows."""

    tag: str = "abandon"
    why: str = ""


@dataclass(frozen=True, slots=True)
class AbandonTurnCode:
    """Stop the agent's `on_user_turn_completed`; the turn gets no answer. `ActionDone(tag)` follows."""

    tag: str = "turn_code"
    why: str = ""


@dataclass(frozen=True, slots=True)
class SwitchStt:
    """Use the next fallback of the STT, if there is one; `ActionDone(tag)` follows."""

    tag: str = "stt"
    why: str = ""


@dataclass(frozen=True, slots=True)
class RunFunction:
    """Call this function with the call as its argument; `ActionDone(tag)` follows."""

    work: Work
    tag: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Instruct:
    """Add this text to the agent's instructions; `ActionDone(tag)` follows."""

    text: str
    tag: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Transfer:
    """Transfer the caller; `ActionDone(tag)` follows, with an error if the transfer failed."""

    to: str
    tag: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class MarkAway:
    """Mark the caller away, or no longer away; the `user_state_changed` handlers run.

    With `again`, the handlers run even if the caller is already marked away.
    """

    away: bool
    again: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class EndCall:
    """Request the end of the call; the ending policy handles the request."""

    reason: EndReason
    goodbye: str | None = None
    scope: Scope | None = None
    by: str = ""
    headers: tuple[Header, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class CancelEnding:
    """Cancel the ending; the conversation continues."""

    reason: EndReason
    why: str = ""


@dataclass(frozen=True, slots=True)
class HangUp:
    """Hang up now. `headers` go into the BYE of a phone.

    `successor`: another phone call has the caller's identity, so another agent is dispatched before this one leaves.
    """

    reason: EndReason
    scope: Scope
    detail: str = ""
    headers: tuple[Header, ...] = ()
    successor: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class RunCommand:
    """Carry out this command of `by` on the running session; `ActionDone(tag)` follows.

    The record of `CommandReceived` has the command's fields.
    """

    command: RunnableCommand = field(repr=False)
    by: str
    tag: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class ReportCommand:
    """Record a result of a command, for its sender; `CommandResult` follows."""

    id: str
    status: CommandStatus
    detail: str = ""
    final: bool = True
    why: str = ""


@dataclass(frozen=True, slots=True)
class PlaceCall:
    """Dial the phone of the plan; `DialResult` follows."""

    attempt: int
    why: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """Do nothing; write this explanation into the journal."""

    why: str


Decision = (
    Say
    | Ask
    | StopLine
    | RetryAnswer
    | AbandonAnswer
    | AbandonTurnCode
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
    | Note
)

DECISIONS: Mapping[str, type] = {decision.__name__: decision for decision in Decision.__args__}
