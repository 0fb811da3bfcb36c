"""`away`: mark the caller as away."""

from dataclasses import dataclass
from typing import ClassVar

from offhook.core.commands.base import Command, CommandTarget, Role

__all__ = ["AwayCommand"]


@dataclass(frozen=True, slots=True)
class AwayCommand(Command):
    """Mark the caller away until `back`; the agent's `user_state_changed` handlers run."""

    name: ClassVar[str] = "away"
    role: ClassVar[Role] = "operator"

    async def run(self, call: CommandTarget, by: str) -> str:
        call.away(True, by=by)
        return ""
