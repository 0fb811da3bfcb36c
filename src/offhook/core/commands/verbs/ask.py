"""`ask`: let the model speak with these instructions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import StringConstraints

from offhook.core.commands.base import Command, Role, Text, tag_of
from offhook.core.decisions import Ask, Decision

__all__ = ["AskCommand"]


@dataclass(frozen=True, slots=True)
class AskCommand(Command):
    """Let the model speak with these instructions. If `tool` is set, the model must call that tool first."""

    name: ClassVar[str] = "ask"
    role: ClassVar[Role] = "operator"
    speaks: ClassVar[bool] = True
    asks_model: ClassVar[bool] = True

    instructions: Text
    tool: Annotated[str, StringConstraints(max_length=100)] = ""
    interruptible: bool = True

    def decide(self, command_id: str, by: str) -> Sequence[Decision]:
        tag, why = tag_of(command_id), f"ask by {by}"
        return [Ask(self.instructions, tag=tag, tool=self.tool, interruptible=self.interruptible, why=why)]
