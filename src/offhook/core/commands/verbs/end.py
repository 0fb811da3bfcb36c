"""`end`: end the call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import StringConstraints

from offhook.core.commands.base import MAX_TEXT, Command, Role
from offhook.core.decisions import Decision, EndCall
from offhook.core.ending import Scope
from offhook.core.errors import CommandError, OffhookError
from offhook.core.headers import headers_of

__all__ = ["EndCommand"]


@dataclass(frozen=True, slots=True)
class EndCommand(Command):
    """End the call, after this goodbye.

    If `goodbye` is None, the reason "shutdown" plays the plan's `Ending.shutdown`, and the reason "command" plays no
    goodbye. `scope` says what is hung up: only the "agent", the "caller" too, or the whole "room". The default is the
    plan's `Ending.scope`. `headers` go into the BYE of a phone caller.
    """

    name: ClassVar[str] = "end"
    role: ClassVar[Role] = "operator"
    destructive: ClassVar[bool] = True

    reason: Literal["command", "shutdown"] = "command"
    goodbye: Annotated[str, StringConstraints(max_length=MAX_TEXT)] | None = None
    scope: Scope | None = None
    headers: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        try:
            headers_of(self.headers)
        except OffhookError as error:
            raise CommandError("malformed", f"headers: {error}") from error

    def decide(self, command_id: str, by: str) -> Sequence[Decision]:
        why, headers = f"command {command_id} by {by}", headers_of(self.headers)
        return [EndCall(self.reason, goodbye=self.goodbye, scope=self.scope, by=by, headers=headers, why=why)]
