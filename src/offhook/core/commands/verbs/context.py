"""`context`: clear, shorten, extend or delete the conversation in the model's context."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from offhook.core.commands.base import MAX_TEXT, Command, CommandTarget, Role
from offhook.core.errors import CommandError

__all__ = ["ContextCommand"]


@dataclass(frozen=True, slots=True)
class ContextCommand(Command):
    """Change the conversation in the model's context.

    "clear" removes all items except the instructions. "trim" keeps the last `keep` items (without tool calls, if
    `tools` is false). "add" adds `text` as a system message. "forget" removes the conversation so far from every
    context, from the history and from the journal.
    """

    name: ClassVar[str] = "context"
    role: ClassVar[Role] = "supervisor"
    destructive: ClassVar[bool] = True

    action: Literal["clear", "trim", "add", "forget"]
    keep: Annotated[int, Field(ge=0, le=10_000)] = 0
    tools: bool = True
    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_TEXT)] = ""

    def __post_init__(self) -> None:
        if self.action == "add" and not self.text:
            raise CommandError("empty", "text: say what to add")
        if self.action == "trim" and not self.keep:
            raise CommandError("malformed", "keep: say how many items to keep; to keep none, use action 'clear'")
        if (self.keep and self.action != "trim") or (self.text and self.action != "add"):
            raise CommandError("malformed", "`keep` belongs to action 'trim', and `text` to action 'add'")

    async def run(self, call: CommandTarget, by: str) -> str:
        if self.action == "forget":
            return await call.forget_speech(by=by)
        if self.action == "add":
            return await call.put_message(self.text, role="system", answer=False, by=by)
        return await call.cut_context(keep=self.keep, tools=self.tools, by=by)
