"""The real application on a loopback port, with a LiveKit server that does not answer."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from offhook.api import application
from offhook.client import Client
from offhook.core.commands.keys import CommandKey, parse_keys

KEYS = parse_keys(f"desk:operator:{'d' * 32}, screen:viewer:{'v' * 32}, lead:supervisor:{'s' * 32}")

Http = TestClient[Any, Any]
Serving = Callable[..., Awaitable[Http]]


def nowhere(keys: Sequence[CommandKey] = ()) -> web.Application:
    """The API of a LiveKit server that does not answer."""
    return application(partial(Client, url="ws://127.0.0.1:1", key="key", secret="s" * 32), keys=keys)


@pytest.fixture
async def serving() -> AsyncIterator[Serving]:
    """Serves an application; without one, the API with these keys."""
    async with AsyncExitStack() as stack:

        async def serve(*keys: CommandKey, app: web.Application | None = None) -> Http:
            return await stack.enter_async_context(TestClient(TestServer(app or nowhere(keys))))

        yield serve


@pytest.fixture
def keys() -> Sequence[CommandKey]:
    """The keys of a desk (operator), a screen (viewer) and a team lead (supervisor)."""
    return KEYS


@pytest.fixture
def mounted(serving: Serving) -> Callable[..., Awaitable[Http]]:
    """Serves the API inside another application."""

    async def serve(*keys: CommandKey) -> Http:
        outer = web.Application(client_max_size=10)
        outer.add_subapp("/calls-api/", nowhere(keys))
        return await serving(app=outer)

    return serve
