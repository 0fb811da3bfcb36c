"""`add_message`: add a message to the model's context."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from offhook.core.commands.base import Command, CommandTarget, Role, Text

__all__ = ["AddMessageCommand"]


@dataclass(frozen=True, slots=True)
class AddMessageCommand(Command):
    """Add a message to the model's context, without playing it. With `answer`, the model answers the message."""

    name: ClassVar[str] = "add_message"
    role: ClassVar[Role] = "operator"

    text: Text
    as_role: Literal["user", "assistant", "system", "developer"] = "system"
    answer: bool = False

    async def run(self, call: CommandTarget, by: str) -> str:
        return await call.put_message(self.text, role=self.as_role, answer=self.answer, by=by)
