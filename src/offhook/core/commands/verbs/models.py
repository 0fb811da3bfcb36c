"""`models`: switch to other models of the same providers."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import Field, StringConstraints

from offhook.core.commands.base import Command, CommandTarget, Role
from offhook.core.errors import CommandError

__all__ = ["ModelsCommand"]

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


@dataclass(frozen=True, slots=True)
class ModelsCommand(Command):
    """Use other models of the same providers, from the next request on. `llm`, `stt` and `tts` are model names as the
    provider writes them.
    """

    name: ClassVar[str] = "models"
    role: ClassVar[Role] = "supervisor"

    llm: Name | None = None
    stt: Name | None = None
    tts: Name | None = None
    temperature: Annotated[float, Field(ge=0, le=2, allow_inf_nan=False)] | None = None

    def __post_init__(self) -> None:
        if (self.llm, self.stt, self.tts, self.temperature) == (None, None, None, None):
            raise CommandError("empty", "give llm, stt, tts or temperature")

    async def run(self, call: CommandTarget, by: str) -> str:  # noqa: ARG002  # the journal already has `by`
        return call.models(llm=self.llm, stt=self.stt, tts=self.tts, temperature=self.temperature)
