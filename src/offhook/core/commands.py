"""The commands that a running call takes from outside, and how they are parsed."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Literal, get_args

from offhook.core.ending import Scope
from offhook.core.errors import CommandError

__all__ = ["COMMANDS", "METHOD", "CommandBody", "EndCommand", "dump_command", "parse_command"]

METHOD = "offhook.command"
"""The RPC method that takes commands; every call registers it."""
MAX_TEXT = 1000


@dataclass(frozen=True, slots=True)
class EndCommand:
    """End the call.

    If `goodbye` is None, a "shutdown" plays the plan's `Ending.shutdown`, and a "command" plays no goodbye.
    """

    reason: Literal["command", "shutdown"] = "command"
    goodbye: str | None = None
    scope: Scope | None = None

    def __post_init__(self) -> None:
        if self.reason not in ("command", "shutdown"):
            raise CommandError("malformed", f"end: reason {self.reason!r} is not 'command' or 'shutdown'")
        if self.goodbye is not None and not (isinstance(self.goodbye, str) and len(self.goodbye) <= MAX_TEXT):
            raise CommandError("malformed", f"end: goodbye must be text of at most {MAX_TEXT} characters")
        if self.scope is not None and self.scope not in get_args(Scope):
            raise CommandError("malformed", f"end: scope {self.scope!r} is not one of {', '.join(get_args(Scope))}")


CommandBody = EndCommand

COMMANDS: Mapping[str, type[CommandBody]] = {"end": EndCommand}


def parse_command(raw: Mapping[str, object]) -> CommandBody:
    """Parse a command from the claims of its token. Raises a `CommandError` that names the mistake."""
    name = raw.get("name")
    kind = COMMANDS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise CommandError("unsupported", f"unknown command {name!r}; known: {', '.join(COMMANDS)}")
    given = {key: value for key, value in raw.items() if key != "name"}
    unknown = given.keys() - {field.name for field in fields(kind)}
    if unknown:
        raise CommandError("malformed", f"{name}: unknown field {min(unknown)!r}")
    return kind(**given)  # type: ignore[arg-type]  # __post_init__ checks every value


def dump_command(command: CommandBody) -> dict[str, object]:
    """Return the mapping that `parse_command` reads; fields that are None are omitted."""
    name = next(name for name, kind in COMMANDS.items() if kind is type(command))
    values = {field.name: getattr(command, field.name) for field in fields(command)}
    return {"name": name, **{key: value for key, value in values.items() if value is not None}}
