"""The server's API as one value: rooms, participants, dispatches. The RPC is in `rpc`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from livekit import api as lk

from offhook.core.errors import SettingsError

__all__ = ["Api", "connect"]

TIMEOUT = 10.0
"""Seconds for one request; every request of ours is answered in milliseconds or not at all."""


@dataclass(frozen=True, slots=True)
class Api:
    """One project on one server; made by `connect`, which closes it."""

    url: str
    key: str
    secret: str = field(repr=False)
    http: aiohttp.ClientSession = field(repr=False)
    services: lk.LiveKitAPI = field(repr=False)

    async def list_rooms(self) -> list[lk.Room]:
        return list((await self.services.room.list_rooms(lk.ListRoomsRequest())).rooms)

    async def list_participants(self, room: str) -> list[lk.ParticipantInfo]:
        """Who is in the room; nobody when there is no such room."""
        try:
            answer = await self.services.room.list_participants(lk.ListParticipantsRequest(room=room))
        except lk.ServerError as error:
            if error.code == lk.ServerErrorCode.NOT_FOUND:
                return []
            raise
        return list(answer.participants)

    async def delete_room(self, room: str) -> None:
        """Close the room for everybody; content when it is gone already."""
        try:
            await self.services.room.delete_room(lk.DeleteRoomRequest(room=room))
        except lk.ServerError as error:
            if error.code != lk.ServerErrorCode.NOT_FOUND:
                raise

    async def create_dispatch(self, room: str, agent_name: str, metadata: str = "") -> lk.AgentDispatch:
        """Send for an agent. The server says yes even when nobody is there to come: see `dispatch`."""
        wanted = lk.CreateAgentDispatchRequest(room=room, agent_name=agent_name, metadata=metadata)
        return await self.services.agent_dispatch.create_dispatch(wanted)

    async def find_dispatch(self, room: str, dispatch_id: str) -> lk.AgentDispatch | None:
        return await self.services.agent_dispatch.get_dispatch(dispatch_id, room)

    async def delete_dispatch(self, room: str, dispatch_id: str) -> None:
        """Take a dispatch back; content when it is gone already."""
        try:
            await self.services.agent_dispatch.delete_dispatch(dispatch_id, room)
        except lk.ServerError as error:
            if error.code != lk.ServerErrorCode.NOT_FOUND:
                raise


@asynccontextmanager
async def connect(*, url: str | None, key: str | None, secret: str | None) -> AsyncIterator[Api]:
    """Open the server's API; no request is made yet."""
    variables = {"LIVEKIT_URL": url, "LIVEKIT_API_KEY": key, "LIVEKIT_API_SECRET": secret}
    missing = [variable for variable, value in variables.items() if not value]
    if not url or not key or not secret:
        raise SettingsError(f"{', '.join(missing)} not set; set them in the environment or in .env.local")
    if not url.startswith(("ws://", "wss://", "http://", "https://")):
        raise SettingsError(f"LIVEKIT_URL is {url!r}; it must start with ws://, wss://, http:// or https://")
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT)) as http:
        yield Api(url, key, secret, http, lk.LiveKitAPI(url, key, secret, session=http))
