"""`interrupt`: stop what the agent says now."""

from dataclasses import dataclass
from typing import ClassVar

from offhook.core.commands.base import Command, CommandTarget, Role

__all__ = ["InterruptCommand"]


@dataclass(frozen=True, slots=True)
class InterruptCommand(Command):
    """Stop what the agent says now."""

    name: ClassVar[str] = "interrupt"
    role: ClassVar[Role] = "operator"

    async def run(self, call: CommandTarget, by: str) -> str:  # noqa: ARG002  # the journal already has `by`
        return await call.interrupt()
