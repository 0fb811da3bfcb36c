"""Hangs up a call: closes the room, removes the caller's leg, or only leaves the room. A hang-up also succeeds if the
room no longer exists.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import aiohttp
from livekit import api, rtc
from livekit.agents import JobContext

from offhook.core.decisions import HangUp
from offhook.core.facts import HangUpDone
from offhook.room.end_leg import end_leg
from offhook.room.participants import can_be_caller
from offhook.room.successor import dispatch_successor

__all__ = ["RoomCloser"]

log = logging.getLogger("offhook")

_PAUSES = (0.2, 0.5, 1.5, 3.0)
"""Seconds between attempts. offhook makes these retries, because LiveKit's API client retries only on LiveKit Cloud."""
_PER_TRY = 3.0
_GONE = "gone already"
_CLOSED = (rtc.DisconnectReason.ROOM_DELETED, rtc.DisconnectReason.ROOM_CLOSED)


class RoomCloser:
    """Hangs up the call of one job. `caller` returns the caller's identity, or an empty string before the caller joins.

    `gone` is called after any code in this job has disconnected the agent from the room.
    """

    def __init__(self, ctx: JobContext, caller: Callable[[], str], gone: Callable[[], None]) -> None:
        self._ctx = ctx
        self._caller = caller
        self._http: aiohttp.ClientSession | None = None
        self._api: api.LiveKitAPI | None = None
        self.left = False
        """True after any code in this job has disconnected the agent from the room. The room may still be open."""
        self._closed = ctx.is_fake_job()
        disconnect = ctx.room.disconnect

        async def leave(*args: Any, **options: Any) -> None:
            self.left = self.left or ctx.room.isconnected()
            try:
                await disconnect(*args, **options)
            finally:
                if self.left:
                    gone()

        setattr(ctx.room, "disconnect", leave)  # noqa: B010  # mypy refuses to assign to a method
        ctx.room.on("disconnected", self._on_disconnected)

    def _on_disconnected(self, reason: rtc.DisconnectReason.ValueType) -> None:
        self._closed = self._closed or reason in _CLOSED

    def prepare(self) -> None:
        """Create the API client early, so that the hang-up does not have to wait for it. Creating the client blocks the
        event loop for 20 ms or more, because TLS is set up.
        """
        self._http = aiohttp.ClientSession(trust_env=True)
        self._api = api.LiveKitAPI(session=self._http)

    async def close(self) -> None:
        """Close the API client."""
        if self._http is not None:
            await self._http.close()

    @property
    def server(self) -> api.LiveKitAPI:
        """The LiveKit API client of this call."""
        return self._api or self._ctx.api

    @property
    def _gone(self) -> bool:
        """True if there is nothing to hang up, because the server has closed the room.

        A lost connection to the server does not count, because the caller may still be in the room.
        """
        return self._closed

    async def hang_up(self, decision: HangUp) -> HangUpDone:
        """Close the room, remove the caller's leg, or only leave the room; the decision's `scope` says which.

        If the room or the leg stays open, no error is raised; `left_open` of the result contains the error.
        """
        if self._gone:
            return HangUpDone(decision.scope, already=True)
        if decision.successor and not await dispatch_successor(self._ctx, self.server):
            decision = replace(decision, scope="room")  # no agent has joined for the next caller, so close the room
        if decision.headers and decision.scope != "agent":
            await end_leg(self._ctx.room, self._caller(), decision.headers)
        match decision.scope:
            case "room":
                return await self._close_room(decision)
            case "caller" if self._caller():
                return await self._close_leg(decision)
        await self._ctx.room.disconnect()
        return HangUpDone(decision.scope)

    async def _close_leg(self, decision: HangUp) -> HangUpDone:
        """Remove the caller and leave the room. If the removal fails and nobody else is in the room, close the room."""
        closed = await self._retry(decision, self._remove_caller)
        others = (one for one in self._ctx.room.remote_participants.values() if one.identity != self._caller())
        if closed.left_open and not any(map(can_be_caller, others)) and not await self._try(self._delete_room):
            closed = replace(closed, left_open="")
        await self._ctx.room.disconnect()
        return closed

    async def _close_room(self, decision: HangUp) -> HangUpDone:
        """Close the room. If the room cannot be closed, remove the caller and leave the room."""
        closed = await self._retry(decision, self._delete_room)
        if closed.left_open:
            if self._caller() and not await self._try(self._remove_caller):
                closed = replace(closed, left_open=f"{closed.left_open} (the caller was cut off instead)")
            await self._ctx.room.disconnect()
        return closed

    async def _delete_room(self) -> None:
        await self.server.room.delete_room(api.DeleteRoomRequest(room=self._ctx.room.name))

    async def _remove_caller(self) -> None:
        who = api.RoomParticipantIdentity(room=self._ctx.room.name, identity=self._caller())
        await self.server.room.remove_participant(who)

    async def _retry(self, decision: HangUp, close: Callable[[], Awaitable[None]]) -> HangUpDone:
        """Call `close` until it succeeds, five times at most. The result has the error if all attempts failed."""
        error = ""
        for attempt, pause in enumerate((*_PAUSES, 0.0), 1):
            error = await self._try(close)
            if not error or error == _GONE:
                return HangUpDone(decision.scope, already=error == _GONE, attempts=attempt)
            log.warning("an attempt to hang up failed", extra={"scope": decision.scope, "attempt": attempt})
            if self._gone:
                return HangUpDone(decision.scope, already=True, attempts=attempt)
            await asyncio.sleep(pause)
        log.error("the call could not be hung up", extra={"scope": decision.scope, "error": error})
        return HangUpDone(decision.scope, attempts=len(_PAUSES) + 1, left_open=error)

    async def _try(self, close: Callable[[], Awaitable[None]]) -> str:
        """Call `close` once. Return the text of the error, or an empty string on success."""
        try:
            async with asyncio.timeout(_PER_TRY):
                await close()
        except api.TwirpError as refused:
            gone = refused.code == api.TwirpErrorCode.NOT_FOUND
            return _GONE if gone else f"{refused.code} ({refused.status}): {refused.message}".removesuffix(": ")
        except TimeoutError:
            return f"no answer within {_PER_TRY:g} s"
        except Exception as failed:  # noqa: BLE001  # a proxy in front of the server may give any answer
            return f"{type(failed).__name__}: {failed}"
        return ""
