"""Serves the listening page of one room until a signal arrives or a time limit is reached."""

import asyncio
import logging
import signal
from collections.abc import Callable, Collection
from typing import Final, Protocol

from offhook.core.errors import RoomError, ServerError
from offhook.dev.listen.app import ListenApp, ListenConfig
from offhook.dev.page.assets import client, how_to_get_it
from offhook.dev.page.loopback import page_address, page_socket
from offhook.dev.page.site import open_site

__all__ = ["Room", "listen"]

PORT: Final = 7891
STOPS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
REMOVE_TIMEOUT: Final = 5.0

log = logging.getLogger("offhook")


class Room(Protocol):
    """The room on the server. Every method may raise `RoomError`."""

    async def opened_at(self) -> float: ...

    async def has_agent(self) -> bool: ...

    async def remove(self, identities: Collection[str]) -> None: ...


async def listen(
    config: ListenConfig,
    room: Room,
    *,
    port: int | None,
    seconds: float | None,
    say: Callable[[str], None],
    at_ready: Callable[[str], None],
) -> None:
    """Serve the page until a signal arrives or `seconds` have passed. Then remove the page's listeners from the room.

    If `port` is None, the page uses port 7891, or a free port if 7891 is in use. Call this function in the
    main thread, because it handles signals.
    """
    livekit_client = client()
    if livekit_client is None:
        raise ServerError(how_to_get_it())
    await room.opened_at()
    if not await room.has_agent():
        say(f"no agent is in room {config.room!r} now; you hear everybody else")
    page = ListenApp(config, room.opened_at)
    with page_socket(PORT if port is None else port, say=say, strict=bool(port), page="listening") as listening:
        runner = await open_site(page.application(livekit_client), listening)
        try:
            at_ready(page_address(listening))
            await _until_stopped(seconds)
        finally:
            await runner.cleanup()
            await _remove(room, page.listeners)


async def _until_stopped(seconds: float | None) -> None:
    stopped, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in STOPS:
        loop.add_signal_handler(number, stopped.set)
    try:
        async with asyncio.timeout(seconds):
            await stopped.wait()
    except TimeoutError:
        return
    finally:
        for number in STOPS:
            loop.remove_signal_handler(number)


async def _remove(room: Room, listeners: Collection[str]) -> None:
    """Remove the listeners from the room, because their pages may still be open in a browser."""
    if not listeners:
        return
    try:
        async with asyncio.timeout(REMOVE_TIMEOUT):
            await room.remove(listeners)
    except (RoomError, TimeoutError) as error:
        log.warning("the listeners could not be removed; close their pages", extra={"error": str(error)})
