"""`transfer`: transfer a phone caller to another number (SIP REFER)."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import StringConstraints

from offhook.core.commands.base import Command, CommandTarget, Role

__all__ = ["TransferCommand"]


@dataclass(frozen=True, slots=True)
class TransferCommand(Command):
    """Transfer the phone caller to this number or SIP address, with a SIP REFER. The phone then leaves the room."""

    name: ClassVar[str] = "transfer"
    role: ClassVar[Role] = "operator"
    destructive: ClassVar[bool] = True

    to: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]

    async def run(self, call: CommandTarget, by: str) -> str:
        return await call.transfer(self.to, by=by)
