"""`back`: mark the caller as no longer away."""

from dataclasses import dataclass
from typing import ClassVar

from offhook.core.commands.base import Command, CommandTarget, Role

__all__ = ["BackCommand"]


@dataclass(frozen=True, slots=True)
class BackCommand(Command):
    """Mark the caller no longer away; the agent's `user_state_changed` handlers run."""

    name: ClassVar[str] = "back"
    role: ClassVar[Role] = "operator"

    async def run(self, call: CommandTarget, by: str) -> str:
        call.away(False, by=by)
        return ""
