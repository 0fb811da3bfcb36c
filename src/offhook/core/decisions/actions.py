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
"""The status of a command's result. "applied": the command was carried out, or its line was queued. "spoken": the line
was played to its end. "interrupted": the line was interrupted. "failed": the command failed. "unsupported": this call
cannot do what the command asks, and nothing was changed. For "failed" and "unsupported", the result's detail gives the
reason.
"""


class RunnableCommand(Protocol):
    """The part of `offhook.core.commands.Command` that the session uses."""

    name: ClassVar[str]

    async def run(self, call: Any, by: str) -> str:
        """Change the call. Return a note about the result, or an empty string."""


@final
@dataclass(frozen=True, slots=True)
class SwitchStt:
    """Switch to the next fallback STT, if there is one; the fact `ActionDone(tag)` follows."""

    tag: str = "stt"
    why: str = ""


@final
@dataclass(frozen=True, slots=True)
class RunFunction:
    """Run the function `work`, with the running call as its argument; the fact `ActionDone(tag)` follows."""

    work: Work
    tag: str
    why: str = ""


@final
@dataclass(frozen=True, slots=True)
class Instruct:
    """Add this text to the agent's instructions; the fact `ActionDone(tag)` follows."""

    text: str
    tag: str
    why: str = ""


@final
@dataclass(frozen=True, slots=True)
class Transfer:
    """Transfer the caller; the fact `ActionDone(tag)` follows, with an error if the transfer failed."""

    to: str
    tag: str
    why: str = ""


@final
@dataclass(frozen=True, slots=True)
class MarkAway:
    """Mark the caller as away, or as no longer away; the agent's `user_state_changed` handlers run.

    With `again`, the handlers run even if the caller is already marked away.
    """

    away: bool
    again: bool = False
    why: str = ""


@final
@dataclass(frozen=True, slots=True)
class RunCommand:
    """Carry out this command on the running session; `by` is the sender. The fact `ActionDone(tag)` follows.

    This decision does not repeat the command's fields in the journal, because the record of `CommandReceived` has them.
    """

    command: RunnableCommand = field(repr=False)
    by: str
    tag: str
    why: str = ""


@final
@dataclass(frozen=True, slots=True)
class ReportCommand:
    """Record a result of a command, so that its sender can read the result; the fact `CommandResult` follows."""

    id: str
    status: CommandStatus
    detail: str = ""
    final: bool = True
    why: str = ""


@final
@dataclass(frozen=True, slots=True)
class PlaceCall:
    """Dial the plan's telephone number; the fact `DialResult` follows."""

    attempt: int
    why: str = ""


@final
@dataclass(frozen=True, slots=True)
class Note:
    """Write this explanation into the journal, and do nothing else."""

    why: str
