"""`dtmf`: send phone keys to the phones in the room."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import StringConstraints

from offhook.core.commands.base import Command, CommandTarget, Role

__all__ = ["DtmfCommand"]


@dataclass(frozen=True, slots=True)
class DtmfCommand(Command):
    """Send these phone keys to the room (DTMF): 0-9, A-D, * and #. A `w` or a comma waits half a second."""

    name: ClassVar[str] = "dtmf"
    role: ClassVar[Role] = "operator"

    digits: Annotated[str, StringConstraints(pattern=r"^[0-9A-Da-d*#w,]+$", min_length=1, max_length=64)]

    async def run(self, call: CommandTarget, by: str) -> str:  # noqa: ARG002  # the journal already has `by`
        return await call.dtmf(self.digits)
