"""`voice`: let the agent speak with another voice."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import Field, StringConstraints

from offhook.core.commands.base import Command, CommandTarget, Role

__all__ = ["VoiceCommand"]

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


@dataclass(frozen=True, slots=True)
class VoiceCommand(Command):
    """Speak with another voice of the same TTS, from the next line on. `voice` and `language` are names as the TTS
    provider writes them.
    """

    name: ClassVar[str] = "voice"
    role: ClassVar[Role] = "supervisor"

    voice: Name
    language: Name | None = None
    speed: Annotated[float, Field(gt=0, le=4, allow_inf_nan=False)] | None = None

    async def run(self, call: CommandTarget, by: str) -> str:  # noqa: ARG002  # the journal already has `by`
        return call.voice(self.voice, language=self.language, speed=self.speed)
