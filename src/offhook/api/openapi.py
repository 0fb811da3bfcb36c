"""Makes the OpenAPI document from the table of offhook's commands."""

import json
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any, Final

from offhook.api.examples import EXAMPLES
from offhook.api.schemas import ANSWERS, PARAMETERS, problem_responses
from offhook.core.commands import Command, Query, schema_of

__all__ = ["openapi"]

_ABOUT: Final = "Reads and changes running calls, on all workers of one LiveKit server."
_BODY: Final = ("400", "413", "415")
_COMMON: Final = ("401", "403", "404", "409", "429", "500", "502")
_EVENTS: Final = (
    "Server-sent events: each record of the call as it is written; `id` is the number of the record. The event `end` "
    "means that the call is over, and the event `problem` means that the stream broke."
)


def openapi(commands: Mapping[str, type[Command]], *, base: str = "/") -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of the API at this base path."""
    schemas = dict(ANSWERS)
    paths = _fixed_paths()
    for name, kind in commands.items():
        if not issubclass(kind, Query):
            schemas |= _hoisted(name, schema_of(kind))
            paths[f"/v1/calls/{{room}}/{name}"] = {"post": _command(kind)}
        elif name not in ("state", "transcript", "result"):
            paths[f"/v1/calls/{{room}}/{name}"] = {"get": _query(kind, {"type": "object"})}
        elif name == "transcript":
            paths[f"/v1/calls/{{room}}/{name}"] = {"get": _query(kind, _schema("Transcript"))}
    return {
        "openapi": "3.1.0",
        "info": {"title": "offhook: running calls", "version": version("offhook"), "description": _ABOUT},
        "servers": [{"url": base}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "parameters": dict(PARAMETERS),
            "responses": {f"Problem{status}": response for status, response in problem_responses().items()},
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "OFFHOOK_API_KEYS"}},
        },
    }


def _fixed_paths() -> dict[str, Any]:
    call = "/v1/calls/{room}"
    health = {"operationId": "healthz", "summary": "The server runs.", "security": [], "responses": {}}
    health["responses"] = {"200": {"description": "The server runs."}}
    stream = {"description": _EVENTS, "content": {"text/event-stream": {"schema": {"type": "string"}}}}
    events = _operation("events", "Follow the call.", "room agent last", {"200": stream})
    events["parameters"].append(_plain_parameter("after", {"type": "integer", "minimum": -1, "default": -1}))
    events["responses"]["204"] = {"description": "The call is over: `Last-Event-ID` names the event `end`."}
    return {
        "/healthz": {"get": health},
        "/v1/calls": {"get": _operation("calls", "All running calls.", "", _ok("Calls"))},
        call: {"get": _operation("state", "The state of the call.", "room agent", _ok("State"))},
        f"{call}/events": {"get": events},
        f"{call}/commands/{{id}}": {
            "get": _operation("result", "The results of a command so far.", "room id agent seconds", _ok("Results"))
        },
    }


def _command(kind: type[Command]) -> dict[str, Any]:
    done = {"200": _json("The final result.", "Report"), "202": _json("There is no final result yet.", "Report")}
    done["202"]["headers"] = {"Location": {"description": "The address of the results.", "schema": {"type": "string"}}}
    operation = _operation(kind.name, _summary(kind), "room agent wait timeout key", done, problems=_BODY)
    operation["description"] = f"{schema_of(kind)['description']}\n\nNeeds the role {kind.role}."
    operation["x-role"] = kind.role
    content: dict[str, Any] = {"schema": _schema(kind.name)}
    if kind.name in EXAMPLES:
        content["example"] = EXAMPLES[kind.name]
    required = bool(schema_of(kind).get("required"))
    operation["requestBody"] = {"required": required, "content": {"application/json": content}}
    return operation


def _query(kind: type[Command], schema: Mapping[str, Any]) -> dict[str, Any]:
    done = {"200": {"description": "The call's answer.", "content": {"application/json": {"schema": schema}}}}
    operation = _operation(kind.name, _summary(kind), "room agent", done)
    fields = schema_of(kind).get("properties", {})
    operation["parameters"] += [_plain_parameter(name, field) for name, field in fields.items()]
    return operation


def _operation(
    name: str, summary: str, parameters: str, responses: Mapping[str, Any], *, problems: tuple[str, ...] = ("400",)
) -> dict[str, Any]:
    refusals = {status: {"$ref": f"#/components/responses/Problem{status}"} for status in (*problems, *_COMMON)}
    return {
        "operationId": name,
        "summary": summary,
        "description": f"{summary}\n\nNeeds the role viewer.",
        "x-role": "viewer",
        "parameters": [{"$ref": f"#/components/parameters/{one}"} for one in parameters.split()],
        "responses": {**responses, **refusals},
    }


def _summary(kind: type[Command]) -> str:
    return " ".join((kind.__doc__ or "").split("\n\n")[0].split())


def _plain_parameter(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": "default" not in schema, "schema": dict(schema)}


def _ok(schema: str) -> dict[str, Any]:
    return {"200": _json("The answer.", schema)}


def _json(description: str, schema: str) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": _schema(schema)}}}


def _schema(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _hoisted(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Return schemas for `components/schemas`, by name: the given schema and each definition inside it."""
    plain = json.loads(json.dumps(schema).replace('"#/$defs/', '"#/components/schemas/'))
    return {**plain.pop("$defs", {}), name: plain}
