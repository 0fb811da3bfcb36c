"""Generates the page of verbs: what each command does, its fields and role, and the support of each kind of model."""

import json
from dataclasses import MISSING, fields
from typing import Any

from offhook.core.commands import COMMANDS, ROLES, Command, schema_of
from offhook.session.changes.verb_support import SUPPORT

__all__ = ["verbs_page"]

HEAD = """# Verbs of a running call

A running call accepts these commands. [The guide](../remote.md) describes how to send commands: in the terminal, from
Python, over HTTP or as tools of a model.

The roles are {roles}, in this order. Each role may also send the commands of the roles
before it.
"""
SUPPORT_HEAD = """## What each kind of model supports

"Pipeline" is STT, LLM and TTS. "Realtime" is a speech-to-speech model. "Duplex" is a model that listens and speaks at
the same time, and itself decides when to speak. "In place": offhook changes the running session. "Deferred": offhook
waits for the end of the running answer. "Fresh": offhook opens a new session of the model, with the conversation as
text. An unsupported command has the result `unsupported`, and changes nothing.
"""


def verbs_page() -> str:
    """Return the page: every verb, and how each kind of model supports it."""
    roles = ", ".join(f"`{role}`" for role in ROLES)
    parts = [
        HEAD.format(roles=roles),
        _overview(),
        *(_verb(kind) for kind in COMMANDS.values()),
        SUPPORT_HEAD,
        _support(),
    ]
    return "\n".join(parts)


def _overview() -> str:
    rows = [f"| [`{kind.name}`](#{kind.name}) | `{kind.role}` | {_first(kind)} |" for kind in COMMANDS.values()]
    return "\n".join(["| verb | role | what it does |", "|---|---|---|", *rows]) + "\n"


def _verb(kind: type[Command]) -> str:
    text = " ".join((kind.__doc__ or "").split())
    properties = schema_of(kind).get("properties", {})
    rows = [_row(field, properties[field.name]) for field in fields(kind)]  # type: ignore[arg-type]  # a dataclass
    table = ["| field | type | default |", "|---|---|---|", *rows] if rows else ["This verb has no fields."]
    return "\n".join([f"## {kind.name}\n", f"{text}\n", *table]) + "\n"


def _row(field: Any, schema: dict[str, Any]) -> str:
    default = "required" if field.default is MISSING else f"`{json.dumps(field.default)}`"
    return f"| `{field.name}` | {_type(schema)} | {default} |"


def _type(schema: dict[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"] if one.get("type") != "null")
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    name = str(schema.get("type", "object"))
    limits = {"minimum": "at least {:g}", "maximum": "at most {:g}", "maxLength": "at most {} characters"}
    said = [text.format(schema[key]) for key, text in limits.items() if 0 <= schema.get(key, -1) <= 10_000]
    return f"{name}{', ' if said else ''}{', '.join(said)}"


def _first(kind: type[Command]) -> str:
    return " ".join((kind.__doc__ or "").split()).partition(". ")[0].rstrip(".") + "."


def _support() -> str:
    rows = [
        f"| `{verb}` | " + " | ".join(_how(one.how, one.why) for one in by_kind.values()) + " |"
        for verb, by_kind in sorted(SUPPORT.items())
    ]
    return "\n".join(["| verb | pipeline | Realtime | duplex |", "|---|---|---|---|", *rows]) + "\n"


def _how(how: str, why: str) -> str:
    return f"{how}: {why}" if why else how
