"""Generates the JSON Schema of the journal: of a record, and of the body of each fact and each decision."""

import dataclasses
import json
import re
import types
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from offhook.core.commands import Command
from offhook.core.decisions import DECISIONS, RunnableCommand
from offhook.core.facts import FACTS
from offhook.core.steps import Work
from offhook.journal.schema import VERSION

__all__ = ["journal_schema"]

Schema = dict[str, Any]

_PLAIN: Mapping[Any, Schema] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    type(None): {"type": "null"},
    Any: {},
    object: {},
}


@cache
def journal_schema() -> str:
    """Return the schema as text. Every line of `offhook export --format jsonl` matches the schema."""
    bodies = {name: _of_class(kind) for name, kind in sorted({**FACTS, **DECISIONS}.items())}
    schema: Schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"A record of offhook's journal, version {VERSION}",
        "type": "object",
        "properties": {
            "call": {"type": "string", "description": "The LiveKit job id."},
            "seq": {"type": "integer", "description": "The number of the record in its call, without gaps."},
            "at": {"type": "number", "description": "Unix time in seconds."},
            "elapsed": {"type": "number", "description": "Seconds since the agent joined."},
            "kind": {"enum": ["fact", "decision"]},
            "name": {"type": "string", "description": "A later version may add names: ignore unknown names."},
            "body": {"type": "object"},
            "cause": {"type": ["integer", "null"], "description": "The `seq` of the record that caused this record."},
            "by": {"type": "string", "description": "The policy that made the decision."},
        },
        "required": ["call", "seq", "at", "elapsed", "kind", "name", "body", "cause", "by"],
        "allOf": [
            {
                "if": {"properties": {"name": {"const": name}}},
                "then": {"properties": {"body": {"$ref": f"#/$defs/{name}"}}},
            }
            for name in bodies
        ],
        "$defs": bodies,
    }
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


def _of_class(kind: type) -> Schema:
    """Return the schema of a dataclass. The journal has no fields without `repr`; later versions may add fields."""
    hints = get_type_hints(kind)
    named = [one for one in dataclasses.fields(kind) if one.repr]
    made: Schema = {"type": "object", "properties": {one.name: _of_hint(hints[one.name]) for one in named}}
    if description := " ".join((kind.__doc__ or "").split()):
        made["description"] = re.sub(r"^(\w+)\(.*\)$", "", description)
    return made


def _of_hint(hint: Any) -> Schema:
    if hint == Work:
        return {"type": "string", "description": "The name of a function."}
    if hint in (Command, RunnableCommand):
        return {"type": "object", "description": "The fields of the command."}
    if hint in _PLAIN:
        return dict(_PLAIN[hint])
    if dataclasses.is_dataclass(hint):
        assert isinstance(hint, type)
        return _of_class(hint)
    match get_origin(hint):
        case origin if origin is Literal:
            return {"enum": list(get_args(hint))}
        case origin if origin in (Union, types.UnionType):
            return {"anyOf": [_of_hint(one) for one in get_args(hint)]}
        case origin if origin in (Sequence, tuple, list, frozenset):
            return {"type": "array", "items": _of_hint(get_args(hint)[0])}
        case origin if origin in (Mapping, dict):
            return {"type": "object", "additionalProperties": _of_hint(get_args(hint)[1])}
    if isinstance(hint, type):
        return {"type": "string"}
    raise LookupError(f"the journal's schema has no rule for the type {hint!r}; add one in docs/_make/json_schema.py")
