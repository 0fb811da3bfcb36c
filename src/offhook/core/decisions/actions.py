"""Decisions that change the running call without speech."""

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Protocol, final

from offhook.core.steps import Work

__all__ = [
    "CommandStatus",
    "Instruct",
    "MarkAway",
    "Note",
    "PlaceCall",
    "ReportCommand",
    "RunCommand",
    "RunFunction",
    "RunnableCommand",
    "SwitchStt",
    "Transfer",
]

CommandStatus = Literal["applied", "spoken", "interrupted", "failed", "unsupported"]
"""A result of a command. "applied": the call was changed. "spoken": the line was played to its end. "interrupted": the
caller interrupted the line. "failed" and "unsupported": nothing was changed; the detail says why."""


class RunnableCommand(Protocol):
    """The part of a command that the session uses; see `offhook.core.commands`."""

    name: ClassVar[str]

    async def run(self, call: Any, by: str) -> str:
        """Change the call. Return a note about the result, or an empty string."""


@final
@dataclass(frozen=True, slots=True)
class SwitchStt:
    """Use the next fallback of the STT, if there is one; `ActionDone(tag)` follows."""

    tag: str = "stt"
    why: str = ""


@final
@dataclass(frozen=True, slots=True)
class RunFunction:
    """Call this function with the call as its argument; `ActionDone(tag)` follows."""

    work: Work
    tag: str
    why: str = ""


@final
@dataclass(frozen=True, slots=True)
class Instruct:
    """Add this text to the agent's instructions; `ActionDone(tag)` follows."""

    text: str
    tag: str
    why: str = ""


@final
@dataclass(frozen=True, slots=True)
class Transfer:
    """Transfer the caller; `ActionDone(tag)` follows, with an error if the transfer failed."""

    to: str
    tag: str
    why: str = ""


@final
@dataclass(frozen=True, slots=True)
class MarkAway:
    """Mark the caller away, or no longer away; the `user_state_changed` handlers run.

    With `again`, the handlers run even if the caller is already marked away.
    """

    away: bool
    again: bool = False
    why: str = ""


@final
@dataclass(frozen=True, slots=True)
class RunCommand:
    """Carry out this command on the running session; `by` sent the command. `ActionDone(tag)` follows.

    The record of `CommandReceived` has the command's fields.
    """

    command: RunnableCommand = field(repr=False)
    by: str
    tag: str
    why: str = ""


@final
@dataclass(frozen=True, slots=True)
class ReportCommand:
    """Record a result of a command, for its sender; `CommandResult` follows."""

    id: str
    status: CommandStatus
    detail: str = ""
    final: bool = True
    why: str = ""


@final
@dataclass(frozen=True, slots=True)
class PlaceCall:
    """Dial the plan's telephone number; `DialResult` follows."""

    attempt: int
    why: str = ""


@final
@dataclass(frozen=True, slots=True)
class Note:
    """Only write this explanation into the journal."""

    why: str
