"""What can be commanded from outside a running call, and how a command is read."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Literal, get_args

from offhook.core.ending import Scope
from offhook.core.errors import CommandError

__all__ = ["METHOD", "VERBS", "End", "Verb", "read_verb", "write_verb"]

METHOD = "offhook.command"
"""The RPC method by which every call takes commands."""
MAX_TEXT = 1000


@dataclass(frozen=True, slots=True)
class End:
    """End the call; `goodbye` None means the one of the plan for this reason."""

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


Verb = End

VERBS: Mapping[str, type[Verb]] = {"end": End}


def read_verb(raw: Mapping[str, object]) -> Verb:
    """Read a verb from what a command token carries; raises `CommandError` naming what is wrong."""
    name = raw.get("name")
    kind = VERBS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise CommandError("unsupported", f"unknown command {name!r}; known: {', '.join(VERBS)}")
    given = {key: value for key, value in raw.items() if key != "name"}
    unknown = given.keys() - {field.name for field in fields(kind)}
    if unknown:
        raise CommandError("malformed", f"{name}: unknown field {min(unknown)!r}")
    return kind(**given)  # type: ignore[arg-type]  # __post_init__ checks every value


def write_verb(verb: Verb) -> dict[str, object]:
    """The mapping that `read_verb` reads; fields left at None are left out."""
    name = next(name for name, kind in VERBS.items() if kind is type(verb))
    values = {field.name: getattr(verb, field.name) for field in fields(verb)}
    return {"name": name, **{key: value for key, value in values.items() if value is not None}}
