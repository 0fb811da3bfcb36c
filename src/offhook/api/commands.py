"""Answers the HTTP requests that send a command to a call, and the HTTP requests for the results of a command."""

import logging
import time
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final
from urllib.parse import quote

from aiohttp import web

from offhook.api.problems import RefusedError
from offhook.api.reads import AGENT, Answering, answer, call_in, query
from offhook.api.request import Parser, boolean, json_body, parameters, seconds
from offhook.control.client import Client, CommandReport
from offhook.core.commands import COMMANDS, Command, Query, allowed, parse_command
from offhook.core.commands.base import MAX_WAIT
from offhook.core.errors import CommandError

__all__ = ["DEFAULT_TIMEOUT", "MAX_TIMEOUT", "results", "sender", "unknown_verb"]

log = logging.getLogger("offhook")

DEFAULT_TIMEOUT: Final = 55.0
"""Default seconds to wait for the final result of a command. The value is below 60 s, because many proxies end a
request after 60 s.
"""
MAX_TIMEOUT: Final = 300.0
MAX_KEY: Final = 100
"""Maximum characters of an `Idempotency-Key`, which becomes the id of the command."""
_OPTIONS: Mapping[str, Parser] = {**AGENT, "wait": boolean, "timeout": seconds(MAX_TIMEOUT)}


def sender(kind: type[Command]) -> Answering:
    """Return the handler that sends commands of this kind."""

    async def send(request: web.Request, client: Client) -> web.StreamResponse:
        _check_role(kind, client)
        given = parameters(request, _OPTIONS)
        command, key = _command(kind, await json_body(request)), _idempotency_key(request)
        call = await call_in(client, request.match_info["room"], given.get("agent", ""))
        report = await call.send(
            command,
            wait=given.get("wait", True),
            id=key,
            timeout=given.get("timeout", DEFAULT_TIMEOUT),
        )
        if report.final:
            return answer(_plain(report))
        return answer(_plain(report), 202, {"Location": f"commands/{quote(report.id, safe='')}"})

    return send


async def results(request: web.Request, client: Client) -> web.StreamResponse:
    """Answer with the results that one command has had so far. The query parameter `wait` gives the maximum seconds to
    wait for the final result before the answer.
    """
    given = parameters(request, {**AGENT, "wait": seconds(MAX_TIMEOUT)})
    wanted, until = request.match_info["id"], time.monotonic() + given.get("wait", 0.0)
    query("result", command=wanted)  # refuses a malformed id before the call is looked up
    call = await call_in(client, request.match_info["room"], given.get("agent", ""))
    found, more = list[dict[str, Any]](), True
    while more:
        wait = min(MAX_WAIT, max(0.0, until - time.monotonic()))
        page = await call.query(query("result", command=wanted, after=len(found), wait=wait))
        found += page["results"]
        final = any(one["final"] for one in found)
        more = wait > 0 and not final and not (page["over"] and not page["results"])
    status = found[-1]["status"] if found else "pending"
    return answer({"id": wanted, "status": status, "final": final, "results": found})


async def unknown_verb(request: web.Request, client: Client) -> web.StreamResponse:  # noqa: ARG001  # the signature of a handler
    """Refuse a POST request for a command that does not exist, or for a query, which needs GET. The error for a command
    that does not exist names the most similar command.
    """
    name = request.match_info["verb"]
    kind = COMMANDS.get(name)
    if kind is not None and issubclass(kind, Query):
        raise RefusedError("wrong_method", f"{name!r} only reads: use GET, as /openapi.json says")
    parse_command({"name": name})
    raise CommandError("unknown_verb", f"unknown command {name[:40]!r}")


def _idempotency_key(request: web.Request) -> str:
    """Return the `Idempotency-Key` without the quotation marks that the draft standard of this header requires."""
    given = request.headers.get("Idempotency-Key", "")
    quoted = len(given) > 1 and given[0] == given[-1] == '"'
    key = given[1:-1] if quoted else given
    if len(key) > MAX_KEY:
        raise CommandError("malformed", f"the Idempotency-Key has {len(key)} characters; at most {MAX_KEY} are allowed")
    return key


def _check_role(kind: type[Command], client: Client) -> None:
    """Refuse a command that the role of the sender's API key does not permit. The signed command contains the role, so
    the call checks the role again.
    """
    if not allowed(kind, role=client.role, names=None):
        log.warning("a key's role does not permit a command", extra={"pii_sender": client.by, "command": kind.name})
        text = f"the key {client.by!r} has the role {client.role!r}; {kind.name!r} needs {kind.role!r}"
        raise CommandError("forbidden", text)


def _command(kind: type[Command], body: Mapping[str, object]) -> Command:
    if "name" in body:  # a request names the command in its URL; only a signed command has `name`
        known = ", ".join(field.name for field in fields(kind)) or "none"  # type: ignore[arg-type]  # a dataclass
        raise CommandError("malformed", f"{kind.name}: unknown field 'name'; its fields: {known}")
    return parse_command({"name": kind.name, **body})


def _plain(report: CommandReport) -> Mapping[str, object]:
    return {
        "id": report.id,
        "command": report.command,
        "status": report.status,
        "detail": report.detail,
        "final": report.final,
        "results": [{"status": status, "detail": detail} for status, detail in report.results],
    }
