"""The tools of the MCP server: `list_calls`, and one tool for each verb in `COMMANDS` that the role permits."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any, Final

from mcp.types import Tool, ToolAnnotations

from offhook.core.commands import COMMANDS, Command, Query, Role, allowed, schema_of
from offhook.mcp_server.words import UNTRUSTED, description_of

__all__ = ["LIST_CALLS", "RESERVED", "tool_of", "tools_for"]

LIST_CALLS: Final = "list_calls"
RESERVED: Final = ("room", "agent", "id")
"""The arguments that identify the call, the agent and the command. No verb has a field with one of these names."""

_TARGET: Final[Mapping[str, Any]] = {
    "room": {"type": "string", "minLength": 1, "description": "The room of the call, as `list_calls` returns it."},
    "agent": {
        "type": "string",
        "default": "",
        "description": "The identity of one of several agents in the room; needed only if an error asks for it.",
    },
}
_ID: Final[Mapping[str, Any]] = {
    "type": "string",
    "default": "",
    "maxLength": 100,
    "description": "A name of your choice for this command. With the same id, the command is carried out only once.",
}
_ANSWERED: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "status": {"const": "answered"},
        "data": {"type": "object"},
        "notice": {"type": "string", "description": "A rule for reading `data`."},
    },
    "required": ["status", "data", "notice"],
}
_REPORTED: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "status": {
            "type": "string",
            "description": "applied; spoken: the whole line was played; interrupted: the beginning was played; "
            "accepted: there is no final result yet, read it later with the tool `result`.",
        },
        "detail": {"type": "string"},
        "id": {"type": "string", "description": "The id of the command, for the tool `result`."},
        "command": {"type": "string"},
        "results": {"type": "array", "items": {"type": "object"}},
    },
    "required": ["status", "detail"],
}


def tools_for(role: Role) -> Sequence[Tool]:
    """Return the tools that this role may use."""
    return [_list_calls(), *(tool_of(kind) for kind in COMMANDS.values() if allowed(kind, role=role, names=None))]


def tool_of(kind: type[Command]) -> Tool:
    """Return the tool for a verb. The tool's arguments are the call (`room` and `agent`) and the fields of the verb.
    A verb that is not a query also has the argument `id`, the id of the command.
    """
    schema = copy.deepcopy(schema_of(kind))
    reads, words = issubclass(kind, Query), schema.pop("description")
    last = {} if reads else {"id": _ID}
    schema["properties"] = {**copy.deepcopy(dict(_TARGET)), **schema["properties"], **last}
    schema["required"] = ["room", *schema.get("required", ())]
    return Tool(
        name=kind.name,
        description=description_of(kind, words),
        input_schema=schema,
        output_schema=_ANSWERED if reads else _REPORTED,
        annotations=ToolAnnotations(
            read_only_hint=reads,
            destructive_hint=kind.destructive,
            idempotent_hint=reads,
            open_world_hint=True,
        ),
    )


def _list_calls() -> Tool:
    return Tool(
        name=LIST_CALLS,
        description="Return the running calls of all workers. For each call: its room, caller and agent, what caller "
        f"and agent do now, and the last words. An agent that does not answer has an `error`.\n\n{UNTRUSTED}",
        input_schema={"type": "object", "properties": {}, "additionalProperties": False},
        output_schema=_ANSWERED,
        annotations=ToolAnnotations(
            read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=True
        ),
    )
