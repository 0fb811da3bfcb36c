"""`endpointing`: set how long the agent waits after the caller's last word."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import Field

from offhook.core.commands.base import Command, CommandTarget, Role
from offhook.core.errors import CommandError

__all__ = ["EndpointingCommand"]

Delay = Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)]


@dataclass(frozen=True, slots=True)
class EndpointingCommand(Command):
    """Set how many seconds the agent waits after the caller's last word: at least `min_delay`, at most `max_delay`."""

    name: ClassVar[str] = "endpointing"
    role: ClassVar[Role] = "supervisor"

    min_delay: Delay | None = None
    max_delay: Delay | None = None

    def __post_init__(self) -> None:
        if self.min_delay is None and self.max_delay is None:
            raise CommandError("empty", "give min_delay, max_delay or both, in seconds")
        if self.min_delay is not None and self.max_delay is not None and self.min_delay > self.max_delay:
            raise CommandError("malformed", f"min_delay ({self.min_delay:g}) is over max_delay ({self.max_delay:g})")

    async def run(self, call: CommandTarget, by: str) -> str:  # noqa: ARG002  # the journal already has `by`
        return call.endpointing(min_delay=self.min_delay, max_delay=self.max_delay)
