"""`quiet`: stop the agent from speaking and answering."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from offhook.core.commands.base import Command, CommandTarget, Role

__all__ = ["QuietCommand"]


@dataclass(frozen=True, slots=True)
class QuietCommand(Command):
    """The agent stops speaking and answering until `resume`.

    "mute": the agent still hears the caller. "hold": the caller hears music, and the agent does not hear the caller.
    "takeover": a person in the room talks with the caller. With `context`, the words that are spoken in this time go
    into the model's context.
    """

    name: ClassVar[str] = "quiet"
    role: ClassVar[Role] = "operator"

    mode: Literal["mute", "hold", "takeover"] = "mute"
    context: bool = True

    async def run(self, call: CommandTarget, by: str) -> str:
        return await call.quiet(self.mode, context=self.context, by=by)
