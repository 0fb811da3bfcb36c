"""Serves the HTTP API for a real LiveKit server, and reads its streams of events."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from aiohttp.test_utils import TestClient, TestServer

from offhook.api import application
from offhook.client import Client
from offhook.core.commands.keys import parse_keys
from offhook.dev.server import LocalServer
from offhook.testing import Caller

__all__ = [
    "KEYS",
    "LONG",
    "OPERATOR",
    "SUPERVISOR",
    "VIEWER",
    "Event",
    "Http",
    "code",
    "events",
    "greeted",
    "serving",
    "until",
]

KEYS = f"night desk:operator:{'o' * 32}, screen:viewer:{'v' * 32}, lead:supervisor:{'s' * 32}"
LONG = "This is a long line. " * 30
OPERATOR, VIEWER, SUPERVISOR = ({"Authorization": f"Bearer {letter * 32}"} for letter in "ovs")

Http = TestClient[Any, Any]
Event = Mapping[str, str]


@asynccontextmanager
async def serving(server: LocalServer, keys: str = KEYS) -> AsyncIterator[Http]:
    """Serve the API with these keys; requests without a header of their own have the operator's key."""
    client = partial(Client, url=server.url, key=server.api_key, secret=server.api_secret)
    app = application(client, keys=parse_keys(keys))
    async with TestClient(TestServer(app), headers=OPERATOR if keys else {}) as http:
        yield http


async def events(answer: Any) -> AsyncIterator[Event]:
    """Read events: the fields of each, without comments."""
    event: dict[str, str] = {}
    async for raw in answer.content:
        line = raw.decode().rstrip("\n")
        if not line:
            if "data" in event:
                yield event
            event = {}
        elif not line.startswith(":"):
            name, _, value = line.partition(": ")
            event[name] = value


async def until(answer: Any, name: str) -> list[Event]:
    """Read events up to the record with this name, or to the event with this name."""
    seen = []
    async with asyncio.timeout(30):
        async for event in events(answer):
            seen.append(event)
            if event.get("event") == name or json.loads(event["data"]).get("name") == name:
                return seen
    raise AssertionError(f"the stream ended without {name!r}: {seen}")


async def greeted(caller: Caller) -> None:
    await caller.hears(since=caller.joined_at)
    await caller.quiet(for_=0.4)


async def code(answer: Any) -> tuple[int, str]:
    problem = await answer.json(content_type="application/problem+json")
    return answer.status, problem["code"]
