"""`note`: write a remark into the journal."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from offhook.core.commands.base import Command, Role, Text
from offhook.core.decisions import Decision, ReportCommand

__all__ = ["NoteCommand"]


@dataclass(frozen=True, slots=True)
class NoteCommand(Command):
    """Write a remark into the call's journal. Neither the caller nor the model gets the remark."""

    name: ClassVar[str] = "note"
    role: ClassVar[Role] = "operator"

    text: Text

    def decide(self, command_id: str, by: str) -> Sequence[Decision]:
        return [ReportCommand(command_id, "applied", why=f"note by {by}")]  # `CommandReceived` records the text
