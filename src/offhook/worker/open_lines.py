"""Closes, from the worker's main process, what a call's own process could not close; tries until it works."""

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
from offhook.line.events import GAVE_UP
from offhook.settings import load_settings

__all__ = ["OpenLine", "OpenLines", "left_open"]

log = logging.getLogger("offhook")

_FOR = 600.0
"""Seconds for which it is tried; whoever is in the room after that has been there without an agent for so long."""
_COMES = 3.0
"""Seconds that an agent may take to come into a room that its caller has made anew."""


@dataclass(frozen=True, slots=True)
class OpenLine:
    """The whole room, or only the `caller` if one is named. Its agent is gone.

    `returns`: the connection was lost, and the caller may come back to a room without an agent.
    """

    call: str
    room: str
    agent: str
    caller: str = ""
    returns: bool = False


def left_open(records: Sequence[Record], *, room: str, agent: str) -> OpenLine | None:
    """What the call's own process gave up, as its journal tells."""
    closed = next((one.body for one in reversed(records) if one.name == "LineClosed"), None)
    callers = [str(one.body["identity"]) for one in records if one.name == "CallerFound"]
    if closed is None and callers and any(one.name == "LineLost" and one.body["reason"] == GAVE_UP for one in records):
        return OpenLine(records[0].call, room, agent, callers[0], returns=True)
    if closed is None or not closed.get("left_open"):
        return None
    only = callers[0] if callers and closed["scope"] == "caller" else ""
    return OpenLine(records[0].call, room, agent, only)


class OpenLines:
    """The lines that are to be closed; each is tried again with growing pauses, and none holds up another."""

    def __init__(self) -> None:
        self._closing: dict[asyncio.Task[None], OpenLine] = {}

    def __len__(self) -> int:
        return len(self._closing)

    def close(self, line: OpenLine) -> None:
        """Begin to close it."""
        task = asyncio.get_running_loop().create_task(_insist(line), name=f"offhook close {line.call}")
        self._closing[task] = line
        task.add_done_callback(self._closing.pop)

    async def stop(self) -> None:
        """Give up what is still open, and tell it."""
        left = dict(self._closing)
        for task, line in left.items():
            if not line.returns:
                log.error("the worker stops and a line is still open", extra={"call": line.call, "room": line.room})
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


async def _insist(line: OpenLine) -> None:
    told = {"call": line.call, "room": line.room}
    clock = asyncio.get_running_loop().time
    until = clock() + _FOR
    for pause in _pauses():
        try:
            closed = await _close(line)
        except (ServerError, aiohttp.ClientError, TimeoutError, OSError, SettingsError) as error:
            log.warning("a line that was left open could not be closed yet", extra={**told, "error": repr(error)})
        else:
            if closed:
                log.info("a line that was left open is closed now", extra=told)
                return
        if clock() + pause > until:
            break
        await asyncio.sleep(pause)
    if not line.returns:
        log.error("a line stays open; close its room by hand", extra=told)


def _pauses() -> Iterator[float]:
    return chain((0.5, 1.0, 2.0, 4.0, 8.0, 15.0), repeat(30.0))


async def _close(line: OpenLine) -> bool:
    """Whether there is nothing to close any more."""
    settings = load_settings()
    secret = settings.livekit_api_secret
    async with connect(
        url=settings.livekit_url,
        key=settings.livekit_api_key,
        secret=secret.get_secret_value() if secret else None,
    ) as api:
        caller, agent = await _there(api, line)
        if line.returns and caller and not agent:
            await asyncio.sleep(_COMES)
            caller, agent = await _there(api, line)
        if agent:
            return True
        if not line.caller:
            await api.delete_room(line.room)
        elif caller:
            await api.services.room.remove_participant(RoomParticipantIdentity(room=line.room, identity=line.caller))
        return caller or not line.returns


async def _there(api: Api, line: OpenLine) -> tuple[bool, bool]:
    """Whether the caller is in the room, and whether another agent is, who has the call then."""
    people = await api.list_participants(line.room)
    agents = [one.identity for one in people if one.kind == ParticipantInfo.Kind.AGENT]
    return any(one.identity == line.caller for one in people), any(one != line.agent for one in agents)
