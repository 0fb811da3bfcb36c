"""`say`: speak a text to the caller."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from offhook.core.commands.base import Command, Role, Text, tag_of
from offhook.core.decisions import Decision, Say

__all__ = ["SayCommand"]


@dataclass(frozen=True, slots=True)
class SayCommand(Command):
    """Say this text to the caller after the agent's current speech. If `interruptible`, the caller may interrupt the
    text.
    """

    name: ClassVar[str] = "say"
    role: ClassVar[Role] = "operator"
    speaks: ClassVar[bool] = True

    text: Text
    interruptible: bool = True

    def decide(self, command_id: str, by: str) -> Sequence[Decision]:
        tag = tag_of(command_id)
        return [Say(self.text, tag=tag, interruptible=self.interruptible, why=f"say by {by}")]
