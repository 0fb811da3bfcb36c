"""Answers the requests that only read: the list of all calls, and the state, transcript and other data of one call."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, cast

from aiohttp import web

from offhook.api.request import Parser, fields_of, parameters
from offhook.control.client import Client, RunningCall
from offhook.control.find import find_agent
from offhook.core.commands import COMMANDS, Query, parse_command

__all__ = ["AGENT", "Answering", "all_calls", "answer", "call_in", "query", "reader", "state", "transcript"]

AGENT: Final[Mapping[str, Parser]] = {"agent": str}
"""The query parameter that every request about one call may have."""

Answering = Callable[[web.Request, Client], Awaitable[web.StreamResponse]]
"""A function that answers a request of an authenticated sender. The `Client` has the sender's name and role."""


async def call_in(client: Client, room: str, agent: str = "") -> RunningCall:
    """Return the call in this room. The `RunningCall` sends requests only to the agent that is found now, even if
    another agent joins the room later.
    """
    found = await find_agent(client.api, room, agent)
    return RunningCall(client, room, agent=found.identity, found=found)


async def all_calls(request: web.Request, client: Client) -> web.StreamResponse:
    """Answer with the states of all running calls."""
    parameters(request, {})
    return answer({"calls": list(await client.calls())})


async def state(request: web.Request, client: Client) -> web.StreamResponse:
    """Answer with the state of one call."""
    given = parameters(request, AGENT)
    call = await call_in(client, request.match_info["room"], **given)
    return answer(await call.state())


async def transcript(request: web.Request, client: Client) -> web.StreamResponse:
    """Answer with all transcript messages after the record number `after`. The call sends the messages in pages of a
    few kilobytes.
    """
    given = parameters(request, {**AGENT, **fields_of(COMMANDS["transcript"])})
    call = await call_in(client, request.match_info["room"], given.get("agent", ""))
    messages, after, more = list[Any](), given.get("after", -1), True
    while more:
        page = await call.query(query("transcript", after=after))
        messages += page["messages"]
        after, more = page["next"], page["more"]
    return answer({"messages": messages, "next": after})


def reader(name: str) -> Answering:
    """Return the request handler for the query with this name. The parameters in the URL become the query's fields, and
    the handler returns the call's answer.
    """

    async def read(request: web.Request, client: Client) -> web.StreamResponse:
        given = dict(parameters(request, {**AGENT, **fields_of(COMMANDS[name])}))
        agent = given.pop("agent", "")
        wanted = query(name, **given)
        call = await call_in(client, request.match_info["room"], agent)
        return answer(await call.query(wanted))

    return read


def query(name: str, **given: object) -> Query:
    """Return the query with this name. Raises `CommandError` if a field has a wrong value."""
    return cast("Query", parse_command({"name": name, **given}))


def answer(data: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """Return a JSON answer on one line."""
    body = (json.dumps(data, ensure_ascii=False) + "\n").encode(errors="replace")
    return web.Response(body=body, status=status, content_type="application/json", headers=headers)
