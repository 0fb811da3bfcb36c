"""A real livekit-server for the tests that need one, and an agent that is only a participant."""

import asyncio
import os
import sys
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path

import pytest
from livekit import api, rtc

from offhook.control.api import connect
from offhook.control.rpc import perform_rpc
from offhook.core.errors import CommandError
from offhook.dev.binary import find_or_fetch
from offhook.dev.server import LocalServer, local_server


@pytest.fixture(scope="session")
def livekit_binary() -> Path:
    chosen = os.environ.get("OFFHOOK_LIVEKIT_SERVER")
    return find_or_fetch(
        Path(chosen) if chosen else None,
        environ=dict(os.environ),
        progress=lambda line: print(line, file=sys.__stderr__, flush=True),
    )


@pytest.fixture(scope="session")
def livekit(livekit_binary: Path) -> Iterator[LocalServer]:
    """The server as `offhook dev` runs it: it dispatches whatever the load."""
    with local_server(livekit_binary) as server:
        yield server


@pytest.fixture(scope="session")
def livekit_as_shipped(livekit_binary: Path) -> Iterator[LocalServer]:
    """A server with LiveKit's own limit: no dispatch to a worker whose load is over 0.7."""
    with local_server(livekit_binary, target_load=0.7) as server:
        yield server


@pytest.fixture
def room() -> str:
    """A room that no other test uses."""
    return f"test-{uuid.uuid4().hex[:10]}"


async def reached(livekit: LocalServer, room: str, identity: str) -> None:
    """Wait until data arrives there: what is sent to a participant in its first 20 ms may be lost without a word."""
    async with asyncio.timeout(10), connect(url=livekit.url, key=livekit.api_key, secret=livekit.api_secret) as server:
        while True:
            with suppress(CommandError):
                await perform_rpc(server, room=room, identity=identity, method="ready", payload="", timeout_ms=500)
                return


@pytest.fixture
def agent_in(livekit: LocalServer) -> Callable[..., AbstractAsyncContextManager[rtc.Room]]:
    """Puts a participant into a room that is an agent to everybody, without a worker behind it."""

    @asynccontextmanager
    async def sit(room: str, *, identity: str = "agent-1", name: str = "desk") -> AsyncIterator[rtc.Room]:
        token = (
            api.AccessToken(livekit.api_key, livekit.api_secret)
            .with_identity(identity)
            .with_kind("agent")
            .with_attributes({"lk.agent.name": name})
            .with_grants(api.VideoGrants(room_join=True, room=room, can_update_own_metadata=True))
        )
        agent = rtc.Room()
        await agent.connect(livekit.url, token.to_jwt())
        agent.local_participant.register_rpc_method("ready", lambda _call: "yes")
        try:
            await reached(livekit, room, identity)
            yield agent
        finally:
            await agent.disconnect()

    return sit
