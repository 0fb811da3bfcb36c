"""`silence`: replace, remove, pause or resume the silence ladder."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field, StringConstraints

from offhook.core.commands.base import MAX_TEXT, Command, CommandTarget, Role
from offhook.core.errors import CommandError, PlanError
from offhook.core.ladder import Silence
from offhook.core.steps import Step

__all__ = ["LadderStep", "SilenceCommand"]


@dataclass(frozen=True, slots=True)
class LadderStep:
    """One step of the ladder: what happens after `after` seconds of silence."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True)

    kind: Literal["say", "ask", "instruct", "away", "goodbye", "end"]
    after: Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)]
    text: Annotated[str, StringConstraints(max_length=MAX_TEXT)] = ""


@dataclass(frozen=True, slots=True)
class SilenceCommand(Command):
    """Replace the silence ladder with these `steps`, remove the ladder ("off"), pause the ladder or resume the ladder.

    A pause stops the silence count for at most `Caps.paused` seconds (300 by default).
    """

    name: ClassVar[str] = "silence"
    role: ClassVar[Role] = "operator"

    action: Literal["replace", "off", "pause", "resume"]
    steps: Annotated[Sequence[LadderStep], Field(max_length=20)] = ()

    def __post_init__(self) -> None:
        if bool(self.steps) != (self.action == "replace"):
            raise CommandError("malformed", "steps: action 'replace' needs steps, and no other action takes steps")
        if self.steps:
            self._ladder()

    def _ladder(self) -> Silence:
        try:
            return Silence(*(Step(step.kind, step.after, step.text) for step in self.steps))
        except PlanError as error:
            raise CommandError("malformed", f"steps: {error}") from error

    async def run(self, call: CommandTarget, by: str) -> str:
        match self.action:
            case "pause":
                call.pause(by=by)
            case "resume":
                call.resume(by=by)
            case "off":
                call.silence(None, by=by)
            case _:
                call.silence(self._ladder(), by=by)
        return ""
