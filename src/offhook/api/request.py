"""Reads the body and the query parameters of a request. Each error is one line that names the mistake."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from aiohttp import web

from offhook.api.problems import RefusedError
from offhook.core.commands import Command, schema_of
from offhook.core.errors import CommandError

__all__ = ["MAX_BODY", "Parser", "boolean", "fields_of", "json_body", "parameters", "seconds"]

MAX_BODY: Final = 64 * 1024
"""Maximum bytes of a request body. The command in the body must be smaller, because LiveKit delivers at most 15 KiB."""

Parser = Callable[[str], Any]


async def json_body(request: web.Request) -> Mapping[str, object]:
    """Return the JSON object in the body; an empty body is an empty object."""
    raw = await _raw(request)
    if not raw:
        return {}
    if request.content_type != "application/json":
        raise RefusedError("not_json", "send JSON: `Content-Type: application/json`")
    try:
        body = json.loads(raw, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        text = f"the body is not JSON: line {error.lineno}, column {error.colno}: {error.msg}"
        raise CommandError("malformed", text) from error
    except (ValueError, RecursionError) as error:  # for example NaN, 10,000 nested brackets, or invalid UTF-8
        raise CommandError("malformed", "the body is not JSON in UTF-8, or it is nested too deeply") from error
    if not isinstance(body, dict):
        raise CommandError("malformed", "the body must be a JSON object with the command's fields")
    return body


async def _raw(request: web.Request) -> bytes:
    """Read the body, and refuse a body of more than `MAX_BODY` bytes. In a sub-application, aiohttp itself would apply
    only the limit of the outer application.
    """
    too_large = RefusedError("too_large", f"the body has more than {MAX_BODY} bytes")
    if (request.content_length or 0) > MAX_BODY:
        raise too_large
    raw = bytearray()
    async for part in request.content.iter_any():
        raw += part
        if len(raw) > MAX_BODY:
            raise too_large
    return bytes(raw)


def parameters(request: web.Request, known: Mapping[str, Parser]) -> Mapping[str, Any]:
    """Return the query parameters, each read by its parser. An unknown or repeated parameter is refused."""
    read: dict[str, Any] = {}
    for name, value in request.query.items():
        if name not in known:
            names = ", ".join(known) or "none"
            raise CommandError("malformed", f"unknown parameter {name[:40]!r}; its parameters: {names}")
        if name in read:
            raise CommandError("malformed", f"the parameter {name!r} is given twice")
        try:
            read[name] = known[name](value)
        except ValueError as error:
            raise CommandError("malformed", f"the parameter {name!r} {error}") from error
    return read


def fields_of(kind: type[Command]) -> Mapping[str, Parser]:
    """Return a parser for each field of this kind of command. All fields must be texts, numbers or booleans."""
    fields = schema_of(kind).get("properties", {})
    return {name: _PARSERS[field.get("type", "string")] for name, field in fields.items()}


def boolean(value: str) -> bool:
    """Return the boolean value of `true` or `false`."""
    if value not in ("true", "false"):
        raise ValueError("must be true or false")
    return value == "true"


def seconds(most: float) -> Parser:
    """Return a parser for a number of seconds, from 0 to `most`."""

    def parser(value: str) -> float:
        number = _number(value)
        if not 0 <= number <= most:
            raise ValueError(f"must be from 0 to {most:g} seconds")
        return number

    return parser


def _integer(value: str) -> int:
    if not re.fullmatch(r"-?\d{1,18}", value, re.ASCII):
        raise ValueError("must be a whole number")
    return int(value)


def _number(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise ValueError("must be a number") from None


def _refuse_constant(name: str) -> object:
    raise ValueError(name)


_PARSERS: Mapping[str, Parser] = {"integer": _integer, "number": _number, "boolean": boolean, "string": str}
