"""Wraps LiveKit's server API: rooms, participants and dispatches. For RPC requests, see the module `rpc`."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

import aiohttp
from livekit import api as lk

from offhook.core.errors import SettingsError

__all__ = ["Api", "connect", "no_answer"]

TIMEOUT = 10.0
"""Timeout of one request in seconds. A working server answers within milliseconds."""


@dataclass(frozen=True, slots=True)
class Api:
    """LiveKit's server API for one API key on one server. `connect` opens and closes the API."""

    url: str
    key: str
    secret: str = field(repr=False)
    http: aiohttp.ClientSession = field(repr=False)
    services: lk.LiveKitAPI = field(repr=False)

    async def list_rooms(self) -> list[lk.Room]:
        return list((await self.services.room.list_rooms(lk.ListRoomsRequest())).rooms)

    async def list_participants(self, room: str) -> list[lk.ParticipantInfo]:
        """Return the participants of the room, or an empty list if the room does not exist."""
        found: list[lk.ParticipantInfo] = []
        with _not_found_ignored():
            answer = await self.services.room.list_participants(lk.ListParticipantsRequest(room=room))
            found.extend(answer.participants)
        return found

    async def delete_room(self, room: str) -> None:
        """Close the room for all participants. A room that does not exist is no error."""
        with _not_found_ignored():
            await self.services.room.delete_room(lk.DeleteRoomRequest(room=room))

    async def create_dispatch(
        self, room: str, agent_name: str, metadata: str = "", attributes: Mapping[str, str] | None = None
    ) -> lk.AgentDispatch:
        """Dispatch an agent. The server accepts the dispatch even if no worker is registered.

        `offhook.control.dispatch` also waits until the agent has joined.
        """
        request = lk.CreateAgentDispatchRequest(
            room=room, agent_name=agent_name, metadata=metadata, attributes=attributes or {}
        )
        return await self.services.agent_dispatch.create_dispatch(request)

    async def list_dispatches(self, room: str) -> list[lk.AgentDispatch]:
        """Return the dispatches of the room, or an empty list if the room does not exist."""
        found: list[lk.AgentDispatch] = []
        with _not_found_ignored():
            found.extend(await self.services.agent_dispatch.list_dispatch(room))
        return found

    async def find_dispatch(self, room: str, dispatch_id: str) -> lk.AgentDispatch | None:
        return await self.services.agent_dispatch.get_dispatch(dispatch_id, room)

    async def delete_dispatch(self, room: str, dispatch_id: str) -> None:
        """Delete a dispatch. A dispatch that does not exist is no error."""
        with _not_found_ignored():
            await self.services.agent_dispatch.delete_dispatch(dispatch_id, room)


@asynccontextmanager
async def connect(*, url: str | None, key: str | None, secret: str | None) -> AsyncIterator[Api]:
    """Open the server's API, without sending a request to the server."""
    variables = {"LIVEKIT_URL": url, "LIVEKIT_API_KEY": key, "LIVEKIT_API_SECRET": secret}
    missing = [variable for variable, value in variables.items() if not value]
    if not url or not key or not secret:
        raise SettingsError(f"{', '.join(missing)} not set; set them in the environment or in .env.local")
    if not url.startswith(("ws://", "wss://", "http://", "https://")):
        raise SettingsError(f"LIVEKIT_URL is {url!r}; it must start with ws://, wss://, http:// or https://")
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT)) as http:
        yield Api(url, key, secret, http, lk.LiveKitAPI(url, key, secret, session=http))


def no_answer(url: str, error: Exception) -> str:
    """Return the error text for a server that does not answer."""
    return f"{url} does not answer ({type(error).__name__}): is the LiveKit server running there?"


@contextmanager
def _not_found_ignored() -> Iterator[None]:
    """Suppress the server's error "not found". Other errors are raised."""
    try:
        yield
    except lk.ServerError as error:
        if error.code != lk.ServerErrorCode.NOT_FOUND:
            raise
