"""A real livekit-server for the tests that need one, and an agent that is only a participant."""

import os
import sys
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from livekit import api, rtc

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
        try:
            yield agent
        finally:
            await agent.disconnect()

    return sit
