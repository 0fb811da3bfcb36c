"""`resume_recording`: record again, after `pause_recording`."""

from dataclasses import dataclass
from typing import ClassVar

from offhook.core.commands.base import Command, CommandTarget, Role

__all__ = ["ResumeRecordingCommand"]


@dataclass(frozen=True, slots=True)
class ResumeRecordingCommand(Command):
    """Record again, after `pause_recording`."""

    name: ClassVar[str] = "resume_recording"
    role: ClassVar[Role] = "operator"

    async def run(self, call: CommandTarget, by: str) -> str:
        return call.resume_recording(by=by)
