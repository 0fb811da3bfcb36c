"""`resume`: let the agent speak and answer again, after `quiet`."""

from dataclasses import dataclass
from typing import ClassVar

from offhook.core.commands.base import Command, CommandTarget, Role

__all__ = ["ResumeCommand"]


@dataclass(frozen=True, slots=True)
class ResumeCommand(Command):
    """The agent answers again, after `quiet`."""

    name: ClassVar[str] = "resume"
    role: ClassVar[Role] = "operator"

    async def run(self, call: CommandTarget, by: str) -> str:
        return await call.unquiet(by=by)
