"""`instructions`: replace, extend or restore the agent's instructions."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import StringConstraints

from offhook.core.commands.base import MAX_TEXT, Command, CommandTarget, Role
from offhook.core.errors import CommandError

__all__ = ["InstructionsCommand"]


@dataclass(frozen=True, slots=True)
class InstructionsCommand(Command):
    """Replace the agent's instructions, append to them, or restore the original instructions.

    `sticky` instructions also go to every later agent of the call.
    """

    name: ClassVar[str] = "instructions"
    role: ClassVar[Role] = "supervisor"

    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_TEXT)] = ""
    action: Literal["replace", "append", "restore"] = "replace"
    sticky: bool = False

    def __post_init__(self) -> None:
        if self.action == "restore" and self.text:
            raise CommandError("malformed", "text: to restore the original instructions, give no text")
        if self.action != "restore" and not self.text:
            raise CommandError("empty", f"text: say what to {self.action}, or use action 'restore'")

    async def run(self, call: CommandTarget, by: str) -> str:
        if self.action == "restore":
            return await call.restore(by=by)
        return await call.change_instructions(self.text, append=self.action == "append", sticky=self.sticky, by=by)
