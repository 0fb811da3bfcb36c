"""`pause_recording`: record no audio, no words and no phone keys until `resume_recording`."""

from dataclasses import dataclass
from typing import ClassVar

from offhook.core.commands.base import Command, CommandTarget, Role

__all__ = ["PauseRecordingCommand"]


@dataclass(frozen=True, slots=True)
class PauseRecordingCommand(Command):
    """Keep no audio, no words and no phone keys, in the recording and in the journal, until `resume_recording`."""

    name: ClassVar[str] = "pause_recording"
    role: ClassVar[Role] = "operator"

    async def run(self, call: CommandTarget, by: str) -> str:
        return call.pause_recording(by=by)
