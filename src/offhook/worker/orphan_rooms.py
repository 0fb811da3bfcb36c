"""Cleans up a room that a job process left open: closes the room, or removes only the caller from it.

This code runs in the worker's main process.
"""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, repeat

import aiohttp
from livekit.api import RoomParticipantIdentity, ServerError
from livekit.protocol.models import ParticipantInfo

from offhook.control.api import Api, connect
from offhook.core.errors import SettingsError
from offhook.core.record import Record
from offhook.room.events import GAVE_UP
from offhook.settings import load_settings

__all__ = ["OrphanRoom", "OrphanRooms", "find_orphan"]

log = logging.getLogger("offhook")

_RETRY_FOR = 600.0
"""After this many seconds, no further attempt is made. A caller who is still in the room has been there without an
agent for that time."""
_JOIN_GRACE = 3.0
"""Seconds for a new agent to join a room that the caller recreated."""


@dataclass(frozen=True, slots=True)
class OrphanRoom:
    """A room that has lost its agent. If `caller` is set, only that caller is removed; otherwise the room is closed.

    `caller_may_return` is True if the agent lost its connection for good. The caller may then rejoin the room, where no
    agent is.
    """

    call: str
    room: str
    agent: str
    caller: str = ""
    caller_may_return: bool = False


def find_orphan(records: Sequence[Record], *, room: str, agent: str) -> OrphanRoom | None:
    """Return the room that an ended call left open; None if there is none. Uses only the journal records of that call.

    A failed hang-up leaves the room or the caller's leg open. If the agent lost its connection and did not hang up, the
    caller is still in the room.
    """
    caller = _first_caller(records)
    hang_up = next((record.body for record in reversed(records) if record.name == "HangUpDone"), None)
    if hang_up is not None:
        if not hang_up.get("left_open"):
            return None
        only_the_caller = hang_up["scope"] == "caller"
        return OrphanRoom(records[0].call, room, agent, caller if only_the_caller else "")
    if caller and _gave_up(records):
        return OrphanRoom(records[0].call, room, agent, caller, caller_may_return=True)
    return None


def _first_caller(records: Sequence[Record]) -> str:
    """Return the identity of the first caller, or an empty string if no caller joined."""
    return next((str(record.body["identity"]) for record in records if record.name == "CallerFound"), "")


def _gave_up(records: Sequence[Record]) -> bool:
    """True if the agent lost its connection to the room and stopped reconnecting."""
    return any(record.name == "RoomDisconnected" and record.body["reason"] == GAVE_UP for record in records)


class OrphanRooms:
    """Closes each orphan room in its own task, with growing pauses between the attempts."""

    def __init__(self) -> None:
        self._closing: dict[asyncio.Task[None], OrphanRoom] = {}

    def __len__(self) -> int:
        return len(self._closing)

    def close(self, orphan: OrphanRoom) -> None:
        """Start to close the room; return at once."""
        task = asyncio.get_running_loop().create_task(_close_with_retries(orphan), name=f"offhook close {orphan.call}")
        self._closing[task] = orphan
        task.add_done_callback(self._closing.pop)

    async def stop(self) -> None:
        """Cancel all attempts. Log an error for each room that is still open, except with `caller_may_return`."""
        left = dict(self._closing)
        for task, orphan in left.items():
            if not orphan.caller_may_return:
                log.error("the worker stops and a room is still open", extra={"call": orphan.call, "room": orphan.room})
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


async def _close_with_retries(orphan: OrphanRoom) -> None:
    extra = {"call": orphan.call, "room": orphan.room}
    clock = asyncio.get_running_loop().time
    until = clock() + _RETRY_FOR
    for pause in _pauses():
        try:
            closed = await _close(orphan)
        except (ServerError, aiohttp.ClientError, TimeoutError, OSError, SettingsError) as error:
            log.warning("an orphan room cannot be closed yet; retrying", extra={**extra, "error": repr(error)})
        else:
            if closed:
                log.info("an orphan room is closed", extra=extra)
                return
        if clock() + pause > until:
            break
        await asyncio.sleep(pause)
    if not orphan.caller_may_return:
        log.error("an orphan room stays open; close it by hand", extra=extra)


def _pauses() -> Iterator[float]:
    return chain((0.5, 1.0, 2.0, 4.0, 8.0, 15.0), repeat(30.0))


async def _close(orphan: OrphanRoom) -> bool:
    """Make one attempt; return True when nothing is left to close, False to try again later."""
    settings = load_settings()
    secret = settings.livekit_api_secret
    async with connect(
        url=settings.livekit_url,
        key=settings.livekit_api_key,
        secret=secret.get_secret_value() if secret else None,
    ) as api:
        caller, agent = await _occupants(api, orphan)
        if orphan.caller_may_return and caller and not agent:
            await asyncio.sleep(_JOIN_GRACE)
            caller, agent = await _occupants(api, orphan)
        if agent:
            return True
        if not orphan.caller:
            await api.delete_room(orphan.room)
        elif caller:
            await api.services.room.remove_participant(
                RoomParticipantIdentity(room=orphan.room, identity=orphan.caller)
            )
        return caller or not orphan.caller_may_return


async def _occupants(api: Api, orphan: OrphanRoom) -> tuple[bool, bool]:
    """Return two values: whether the caller is in the room, and whether another agent is there and has the call."""
    people = await api.list_participants(orphan.room)
    agents = [one.identity for one in people if one.kind == ParticipantInfo.Kind.AGENT]
    return any(one.identity == orphan.caller for one in people), any(one != orphan.agent for one in agents)
