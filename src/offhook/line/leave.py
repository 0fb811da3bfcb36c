"""The ways out of a call: close the room, cut the caller's leg, or only leave. "Already gone" is success."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace

import aiohttp
from livekit import api
from livekit.agents import JobContext

from offhook.core.facts import LineClosed
from offhook.core.wishes import HangUp

__all__ = ["RoomLine"]

log = logging.getLogger("offhook")

_PAUSES = (0.2, 0.5, 1.5, 3.0)
"""Seconds between tries; LiveKit's client tries once, except on LiveKit Cloud."""
_PER_TRY = 3.0
_GONE = "gone already"


class RoomLine:
    """The line of one job; `caller` gives the caller's identity, empty while nobody called."""

    def __init__(self, ctx: JobContext, caller: Callable[[], str]) -> None:
        self._ctx = ctx
        self._caller = caller
        self._http: aiohttp.ClientSession | None = None
        self._api: api.LiveKitAPI | None = None

    def prepare(self) -> None:
        """Make the server's API ready now: made for the hang-up, its TLS context held the loop for 20 ms and more."""
        self._http = aiohttp.ClientSession(trust_env=True)
        self._api = api.LiveKitAPI(session=self._http)

    async def close(self) -> None:
        """Let go of the API."""
        if self._http is not None:
            await self._http.close()

    @property
    def _server(self) -> api.LiveKitAPI:
        return self._api or self._ctx.api

    async def hang_up(self, wish: HangUp) -> LineClosed:
        """Close what the scope says. Never raises: what could not be closed is told in `left_open`."""
        if self._ctx.is_fake_job() or not self._ctx.room.isconnected():
            return LineClosed(wish.scope, already=True)
        match wish.scope:
            case "room":
                return await self._close_room(wish)
            case "caller" if self._caller():
                closed = await self._insist(wish, self._remove_caller)
                await self._ctx.room.disconnect()
                return closed
        await self._ctx.room.disconnect()
        return LineClosed(wish.scope)

    async def _close_room(self, wish: HangUp) -> LineClosed:
        """What is left of a room that cannot be closed: no caller on an open line, and no agent that says nothing."""
        closed = await self._insist(wish, self._delete_room)
        if closed.left_open:
            if self._caller() and not await self._try(self._remove_caller):
                closed = replace(closed, left_open=f"{closed.left_open} (the caller was cut off instead)")
            await self._ctx.room.disconnect()
        return closed

    async def _delete_room(self) -> None:
        await self._server.room.delete_room(api.DeleteRoomRequest(room=self._ctx.room.name))

    async def _remove_caller(self) -> None:
        who = api.RoomParticipantIdentity(room=self._ctx.room.name, identity=self._caller())
        await self._server.room.remove_participant(who)

    async def _insist(self, wish: HangUp, close: Callable[[], Awaitable[None]]) -> LineClosed:
        error = ""
        for attempt, pause in enumerate((*_PAUSES, 0.0), 1):
            error = await self._try(close)
            if not error or error == _GONE:
                return LineClosed(wish.scope, already=error == _GONE, attempts=attempt)
            log.warning("the line could not be closed yet", extra={"scope": wish.scope, "attempt": attempt})
            if not self._ctx.room.isconnected():
                return LineClosed(wish.scope, already=True, attempts=attempt)
            await asyncio.sleep(pause)
        log.error("the line was left open", extra={"scope": wish.scope, "error": error})
        return LineClosed(wish.scope, attempts=len(_PAUSES) + 1, left_open=error)

    async def _try(self, close: Callable[[], Awaitable[None]]) -> str:
        """Why it did not work; empty: it did."""
        try:
            async with asyncio.timeout(_PER_TRY):
                await close()
        except api.TwirpError as refused:
            gone = refused.code == api.TwirpErrorCode.NOT_FOUND
            return _GONE if gone else f"{refused.code} ({refused.status}): {refused.message}".removesuffix(": ")
        except TimeoutError:
            return f"no answer within {_PER_TRY:g} s"
        except Exception as failed:  # noqa: BLE001  # whatever stands before the server answers as it likes; try again
            return f"{type(failed).__name__}: {failed}"
        return ""
