"""Closes a room in which a warm transfer left two people, after one of them has hung up.

The agent has left this room, and LiveKit keeps a room open while anybody is in it. Without this module, the remaining
person would hear silence. This code runs in the worker's main process.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import aiohttp
from livekit.api import ServerError

from offhook.control.api import Api, connect
from offhook.core.errors import JournalError, SettingsError
from offhook.core.record import Record
from offhook.journal.reader import Reader
from offhook.room.occupants import company
from offhook.settings import Settings

__all__ = ["JoinedRooms", "joined_room"]

log = logging.getLogger("offhook")

_POLL_INTERVAL = 2.0
_ALONE = 3
"""The room is closed after this many checks in a row that find one person alone. A browser that loses its connection
reconnects before the last of these checks.
"""
_FAILED_PAUSE = 15.0
_WATCHED = 12 * 3600.0
"""Seconds after which the watch of a room ends."""


def joined_room(records: Sequence[Record]) -> str:
    """Return the room in which a warm transfer left two people, or an empty string."""
    bodies = {record.name: record.body for record in records}
    warm = bodies.get("TransferStarted", {}).get("kind") == "warm"
    joined = warm and bodies.get("TransferEnded", {}).get("status") == "done"
    if not joined or bodies.get("Ended", {}).get("reason") != "transferred":
        return ""
    return str(bodies.get("Connected", {}).get("room") or bodies.get("JobAccepted", {}).get("room") or "")


class JoinedRooms:
    """Watches each room in a separate task, which asks the server every 2 s who is in the room."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._watching: dict[str, asyncio.Task[None]] = {}

    def __len__(self) -> int:
        return len(self._watching)

    def watch(self, room: str) -> None:
        """Start to watch this room; return at once."""
        if room not in self._watching:
            task = asyncio.get_running_loop().create_task(self._watch(room), name=f"offhook watch {room}")
            self._watching[room] = task
            task.add_done_callback(lambda _: self._watching.pop(room, None))

    async def find(self) -> None:
        """Continue the watch of an earlier worker: watch the rooms in which warm transfers left two people. Only
        calls that started in the last 12 h are searched. If a room is closed already, the first check of the room ends
        the watch.
        """
        try:
            for room in await asyncio.to_thread(_rooms, self._settings.journal, time.time() - _WATCHED):
                self.watch(room)
        except JournalError:
            return  # the worker has logged this error at its start

    async def stop(self) -> None:
        """Stop watching. The next worker with this journal continues the watch."""
        left = list(self._watching.values())
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _watch(self, room: str) -> None:
        until, alone = time.monotonic() + _WATCHED, 0
        while time.monotonic() < until:
            try:
                people = await self._company(room)
                if people == 0:
                    return
                alone = alone + 1 if people == 1 else 0
                if alone >= _ALONE:
                    await self._close(room)
                    return
                pause = _POLL_INTERVAL
            except (ServerError, aiohttp.ClientError, TimeoutError, OSError, SettingsError) as error:
                log.debug("the participants of a room cannot be read", extra={"room": room, "error": repr(error)})
                pause = _FAILED_PAUSE
            await asyncio.sleep(pause)

    async def _company(self, room: str) -> int:
        async with self._api() as api:
            return company(await api.list_participants(room))

    async def _close(self, room: str) -> None:
        log.info("one of two joined people hung up; closing their room", extra={"room": room})
        async with self._api() as api:
            await api.delete_room(room)

    def _api(self) -> AbstractAsyncContextManager[Api]:
        secret = self._settings.livekit_api_secret
        return connect(
            url=self._settings.livekit_url,
            key=self._settings.livekit_api_key,
            secret=secret.get_secret_value() if secret else None,
        )


def _rooms(path: Path, since: float) -> list[str]:
    with Reader(path) as reader:
        transferred = [one.call for one in reader.started(since, time.time()) if one.reason == "transferred"]
        return [room for call in transferred if (room := joined_room(reader.readable(call)))]
