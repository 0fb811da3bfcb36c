"""The table of all commands: one class for each module of `verbs`. Parsing, JSON Schema and docs use the table."""

import difflib
import importlib
import json
import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import fields
from types import MappingProxyType
from typing import Any

from pydantic import TypeAdapter, ValidationError

from offhook.core.commands import verbs
from offhook.core.commands.base import ROLES, Command, Role
from offhook.core.errors import CommandCode, CommandError

__all__ = ["COMMANDS", "allowed", "dump_command", "parse_command", "schema_of"]

_ADAPTERS: dict[str, TypeAdapter[Command]] = {}
_CODES: Mapping[str, CommandCode] = {"string_too_short": "empty", "string_too_long": "too_long"}


def _found() -> Mapping[str, type[Command]]:
    found: dict[str, type[Command]] = {}
    for module in pkgutil.iter_modules(verbs.__path__):
        for kind in vars(importlib.import_module(f"{verbs.__name__}.{module.name}")).values():
            if isinstance(kind, type) and issubclass(kind, Command) and kind.__module__.endswith(f".{module.name}"):
                found[kind.name] = kind
    return MappingProxyType(dict(sorted(found.items())))


COMMANDS = _found()
"""Maps the name of each command to the command's class."""


def parse_command(raw: Mapping[str, object]) -> Command:
    """Parse a command such as `{"name": "say", "text": "Hello."}`. Raises a `CommandError` that names the mistake."""
    name = raw.get("name")
    kind = COMMANDS.get(name) if isinstance(name, str) else None
    if kind is None:
        near = difflib.get_close_matches(str(name)[:40], COMMANDS, n=1)
        advice = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(COMMANDS)}"
        raise CommandError("unknown_verb", f"unknown command {str(name)[:40]!r}; {advice}")
    try:
        given = json.dumps({key: value for key, value in raw.items() if key != "name"}, allow_nan=False)
        return _adapter(kind).validate_json(given)
    except ValidationError as error:
        raise _refusal(kind, error) from None
    except CommandError as error:  # raised by the command's own checks
        raise CommandError(error.code, f"{kind.name}: {error}") from None
    except (ValueError, RecursionError) as error:  # a value that JSON cannot represent, such as NaN
        raise CommandError("malformed", f"{kind.name}: {error}"[:300]) from error


def dump_command(command: Command) -> dict[str, object]:
    """Return the command as a mapping that `parse_command` reads, without the fields that have their default value."""
    plain = _adapter(type(command)).dump_python(command, mode="json", exclude_defaults=True, warnings=False)
    return {"name": command.name, **plain}


def schema_of(kind: type[Command]) -> dict[str, Any]:
    """Return the JSON Schema of the command's fields."""
    schema = _adapter(kind).json_schema()
    schema["title"] = kind.name
    schema["description"] = (kind.__doc__ or "").strip().replace("\n    ", "\n")
    return schema


def allowed(kind: type[Command], *, role: Role | None, names: Sequence[str] | None) -> bool:
    """True if the role and the list of names permit the command.

    If only one of the two is None, only the other one decides. If both are None, no command is permitted.
    """
    if names is not None:
        return kind.name in names and (role is None or _rank(kind.role) <= _rank(role))
    return role is not None and _rank(kind.role) <= _rank(role)


def _rank(role: Role) -> int:
    return ROLES.index(role)


def _adapter(kind: type[Command]) -> TypeAdapter[Command]:
    if kind.name not in _ADAPTERS:
        _ADAPTERS[kind.name] = TypeAdapter(kind)
    return _ADAPTERS[kind.name]


def _refusal(kind: type[Command], error: ValidationError) -> CommandError:
    """Return one line about the first mistake. The line repeats no value, because the value may be long or private."""
    problem = error.errors(include_url=False, include_input=False, include_context=True)[0]
    where = ".".join(str(part) for part in problem["loc"])[:80]
    if problem["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
        known = ", ".join(field.name for field in fields(kind)) or "none"  # type: ignore[arg-type]  # a dataclass
        return CommandError("malformed", f"{kind.name}: unknown field {where!r}; its fields: {known}")
    message = str(problem["msg"])
    text = f"{kind.name}: {where}: {message[:1].lower()}{message[1:]}" if where else f"{kind.name}: {message}"
    return CommandError(_CODES.get(problem["type"], "malformed"), text[:300])
