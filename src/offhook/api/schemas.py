"""The parts of the OpenAPI document that several operations share: answers, problems, parameters."""

from collections.abc import Mapping
from typing import Any, Final

from offhook.api.problems import CONTENT_TYPE, PROBLEMS, TYPE

__all__ = ["ANSWERS", "PARAMETERS", "problem_responses"]

Json = Mapping[str, Any]


def _object(description: str, required: str, **properties: Json) -> dict[str, Any]:
    return {"type": "object", "description": description, "required": required.split(), "properties": properties}


def _array(items: Json) -> dict[str, Any]:
    return {"type": "array", "items": items}


_TEXT: Final = {"type": "string"}
_RESULT: Final = _object(
    "One result of a command.",
    "status detail",
    status={"type": "string", "enum": ["applied", "spoken", "interrupted", "unsupported", "failed"]},
    detail=_TEXT,
    final={"type": "boolean"},
)
_MESSAGE: Final = _object(
    "One message: who said what, and when (Unix time).",
    "seq at who text",
    seq={"type": "integer"},
    at={"type": "number"},
    who=_TEXT,
    text=_TEXT,
)
_STATE: Final = _object(
    "The state of a call. An agent without offhook, or a call that does not answer, has `error` and `detail` instead.",
    "call room",
    call=_TEXT,
    room=_TEXT,
    identity=_TEXT,
    error=_TEXT,
    detail=_TEXT,
)
_PROBLEM: Final = _object(
    "An error (RFC 9457). `code` is the reason, and `detail` says what to do.",
    "type title status detail code",
    type={"type": "string", "examples": [f"{TYPE}no_room"]},
    title=_TEXT,
    status={"type": "integer"},
    detail=_TEXT,
    code={"type": "string", "enum": list(PROBLEMS)},
)

ANSWERS: Final[Mapping[str, Json]] = {
    "Problem": _PROBLEM,
    "State": _STATE,
    "Calls": _object("All running calls.", "calls", calls=_array({"$ref": "#/components/schemas/State"})),
    "Transcript": _object(
        "The messages, and the number to give as `after` next time.",
        "messages next",
        messages=_array(_MESSAGE),
        next={"type": "integer"},
    ),
    "Report": _object(
        "The result of a command: `status` is the last result.",
        "id command status detail final results",
        id=_TEXT,
        command=_TEXT,
        status={"type": "string", "enum": ["accepted", *_RESULT["properties"]["status"]["enum"]]},
        detail=_TEXT,
        final={"type": "boolean", "description": "False if a later result is possible."},
        results=_array(_RESULT),
    ),
    "Results": _object(
        "The results of a command so far; without results, `status` is `pending`.",
        "id status final results",
        id=_TEXT,
        status={"type": "string", "enum": ["pending", *_RESULT["properties"]["status"]["enum"]]},
        final={"type": "boolean"},
        results=_array(_RESULT),
    ),
}
"""The schemas of the answers."""


def _parameter(name: str, where: str, description: str, schema: Json) -> dict[str, Any]:
    needed = {"required": True} if where == "path" else {}
    return {"name": name, "in": where, "description": description, "schema": schema, **needed}


PARAMETERS: Final[Mapping[str, Json]] = {
    "room": _parameter("room", "path", "The name of the LiveKit room.", _TEXT),
    "id": _parameter("id", "path", "The id of the command.", _TEXT),
    "agent": _parameter("agent", "query", "The identity of one of several agents in the room.", _TEXT),
    "wait": _parameter("wait", "query", "`false`: answer 202 at once.", {"type": "boolean", "default": True}),
    "timeout": _parameter(
        "timeout",
        "query",
        "Seconds to wait for the final result; then the answer is 202.",
        {"type": "number", "minimum": 0, "maximum": 300, "default": 55},
    ),
    "seconds": _parameter(
        "wait",
        "query",
        "Seconds to wait for the final result.",
        {"type": "number", "minimum": 0, "maximum": 300, "default": 0},
    ),
    "key": _parameter(
        "Idempotency-Key",
        "header",
        "Becomes the id of the command: with the same key, the command is carried out once.",
        {"type": "string", "maxLength": 100},
    ),
    "last": _parameter("Last-Event-ID", "header", "The id of the last event that was received.", _TEXT),
}
"""The parameters of the operations."""


def problem_responses() -> dict[str, Any]:
    """Return one response with problem details for each HTTP status. The response lists the error codes that have this
    status.
    """
    responses: dict[str, Any] = {}
    for code, kind in PROBLEMS.items():
        response = responses.setdefault(str(kind.status), {"description": "", "content": {CONTENT_TYPE: {}}})
        response["description"] += f"{'; ' if response['description'] else ''}`{code}`: {kind.title}"
        content = response["content"][CONTENT_TYPE]
        content["schema"] = {"$ref": "#/components/schemas/Problem"}
        given = {"type": TYPE + code, "title": kind.title, "status": kind.status, "detail": "…", "code": code}
        content.setdefault("examples", {})[code] = {"value": given}
    return responses
