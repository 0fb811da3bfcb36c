"""Cleans up a room that a job process left open: dispatches a new agent, or closes the room or the caller's leg.

This code runs in the worker's main process.
"""

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, repeat

import aiohttp
from livekit.api import RoomParticipantIdentity, ServerError, ServerErrorCode

from offhook.control.api import Api, connect
from offhook.core.errors import DispatchError, SettingsError
from offhook.room.occupants import Occupants, Remedy, remedy_for
from offhook.room.settlement import OrphanRoom
from offhook.settings import Settings
from offhook.worker.takeover import take_over

__all__ = ["OrphanRooms"]

log = logging.getLogger("offhook")

_RETRY_FOR = 600.0
"""The last attempt is made at most this many seconds after the first attempt."""
_JOIN_GRACE = 3.0
"""If the caller came back and recreated the room, a new agent has this many seconds to join the room."""
_LISTED = 15.0
"""The server lists a killed agent as a participant for at least this many seconds. For livekit-server 1.13.5, the time
is 20 s.
"""
_TAKEOVERS = 2
"""The maximum number of dispatches of a new agent. If no dispatched agent joins, the worker closes the room."""


class OrphanRooms:
    """Cleans up each orphan room in its own task, with growing pauses between the attempts."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._closing: dict[asyncio.Task[None], OrphanRoom] = {}

    def __len__(self) -> int:
        return len(self._closing)

    def close(self, orphan: OrphanRoom) -> None:
        """Start to clean up the room, and return at once."""
        work = _Cleanup(orphan, self._settings).run()
        task = asyncio.get_running_loop().create_task(work, name=f"offhook close {orphan.call}")
        self._closing[task] = orphan
        task.add_done_callback(self._closing.pop)

    async def stop(self) -> None:
        """Cancel all attempts. Log an error for each room that is still open, unless its caller may return."""
        left = dict(self._closing)
        for task, orphan in left.items():
            if not orphan.caller_may_return:
                log.error("the worker stops and a room is still open", extra={"call": orphan.call, "room": orphan.room})
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


class _Cleanup:
    """The attempts to clean up one room."""

    def __init__(self, orphan: OrphanRoom, settings: Settings) -> None:
        self._orphan = orphan
        self._settings = settings
        self._clock = asyncio.get_running_loop().time
        self._began = self._clock()
        self._takeovers = 0
        self._extra = {"call": orphan.call, "room": orphan.room}

    async def run(self) -> None:
        """Make attempts until one succeeds, for 10 minutes at most."""
        for pause in _pauses():
            try:
                done = await self._attempt()
            except (ServerError, aiohttp.ClientError, TimeoutError, OSError, SettingsError) as error:
                extra = {**self._extra, "error": repr(error)}
                log.warning("an orphan room cannot be closed yet; retrying", extra=extra)
            else:
                if done is not None:
                    log.info("an orphan room is settled", extra={**self._extra, "done": done})
                    return
            if self._clock() + pause > self._began + _RETRY_FOR:
                break
            await asyncio.sleep(pause)
        if not self._orphan.caller_may_return:
            log.error("an orphan room stays open; close it by hand", extra=self._extra)

    async def _attempt(self) -> Remedy | None:
        """Make one attempt. Return the action that was taken, or None if a later attempt is needed."""
        settings, early = self._settings, self._clock() < self._began + _LISTED
        secret = settings.livekit_api_secret
        async with connect(
            url=settings.livekit_url,
            key=settings.livekit_api_key,
            secret=secret.get_secret_value() if secret else None,
        ) as api:
            remedy = await self._look(api, early=early)
            if remedy != "nothing" and self._orphan.caller_may_return:
                await asyncio.sleep(_JOIN_GRACE)
                remedy = await self._look(api, early=early)
            while remedy == "take over":
                if await self._take_over(api):
                    return remedy
                remedy = await self._look(api, early=early)
            await self._close(api, remedy)
        return None if remedy == "wait" else remedy

    async def _look(self, api: Api, *, early: bool) -> Remedy:
        orphan = self._orphan
        people = await api.list_participants(orphan.room)
        if people:
            return remedy_for(orphan, Occupants.of(people, orphan), early=early)
        if orphan.takeover and not orphan.joined and await api.list_dispatches(orphan.room):
            return "take over"  # the room is empty because the caller has not joined yet
        return "wait" if orphan.caller_may_return else "nothing"

    async def _take_over(self, api: Api) -> bool:
        """Dispatch a new agent and return True if the agent has joined. After two failures, allow no more
        takeovers of this call, so that the room is closed instead.
        """
        self._takeovers += 1
        try:
            await take_over(api, self._orphan)
        except DispatchError as error:
            log.warning("no new agent took the call over", extra={**self._extra, "error": str(error)})
        else:
            return True
        if self._takeovers >= _TAKEOVERS:
            self._orphan = replace(self._orphan, takeover=False)
        return False

    async def _close(self, api: Api, remedy: Remedy) -> None:
        if remedy == "close the room":
            await api.delete_room(self._orphan.room)
        elif remedy == "remove the caller":
            who = RoomParticipantIdentity(room=self._orphan.room, identity=self._orphan.caller)
            try:
                await api.services.room.remove_participant(who)
            except ServerError as error:
                if error.code != ServerErrorCode.NOT_FOUND:
                    raise


def _pauses() -> Iterator[float]:
    return chain((0.5, 1.0, 2.0, 4.0, 8.0, 15.0), repeat(30.0))
