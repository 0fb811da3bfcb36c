"""The WebSocket to the page: sends the worker's state and the outcome of the page's call."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import Final

from aiohttp import WSMsgType, web

from offhook.dev.page.config import PageConfig
from offhook.dev.page.outcome import watch_outcome
from offhook.dev.worker_status import WorkerStatus

__all__ = ["PageSocket"]

POLL_INTERVAL: Final = 0.25
HEARTBEAT: Final = 20.0
LONGEST: Final = 1024


class PageSocket:
    """The connection to one open page.

    `rooms` maps the room of each issued token to the time at which the token was issued. The page gets data only about
    these rooms.
    """

    def __init__(self, config: PageConfig, status: WorkerStatus, *, rooms: Mapping[str, float], boot: str) -> None:
        self._config, self._status = config, status
        self._rooms, self._boot = rooms, boot
        self._socket = web.WebSocketResponse(heartbeat=HEARTBEAT, max_msg_size=LONGEST)
        self._following: asyncio.Task[None] | None = None

    async def run(self, request: web.Request) -> web.WebSocketResponse:
        """Until the page closes, send the worker's state and the outcome of the page's call."""
        await self._socket.prepare(request)
        sending = asyncio.create_task(self._send_worker(), name="page: worker")
        try:
            async for message in self._socket:
                if message.type is WSMsgType.TEXT:
                    self._on_message(message.data)
        finally:
            tasks = [task for task in (sending, self._following) if task is not None]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return self._socket

    async def close(self) -> None:
        """Close the socket. The page then shows that `dev` has ended."""
        await self._socket.close(code=1001)

    def _on_message(self, text: str) -> None:
        """If the message is `{"follow": room}`, follow the call in this room instead of the previous call."""
        try:
            room = json.loads(text)["follow"]
            since = self._rooms[room]
        except (ValueError, TypeError, KeyError):
            return  # the sender is not the page, or is a page that an earlier `dev` served
        if self._following is not None:
            self._following.cancel()
        self._following = asyncio.create_task(self._follow(room, since), name="page: call")

    async def _send_worker(self) -> None:
        changed, loop = asyncio.Event(), asyncio.get_running_loop()
        about = {"boot": self._boot, "file": self._config.agent_file, "models": self._config.models}
        with self._status.subscribed(lambda: loop.call_soon_threadsafe(changed.set)):
            while True:
                changed.clear()
                state = self._status.state
                worker = {"phase": state.phase, "agent": state.agent, "broken": list(state.broken.values())}
                await self._send({"about": "worker", **about, **worker})
                await changed.wait()

    async def _follow(self, room: str, since: float) -> None:
        before = None
        while self._config.journal is not None:
            call = await asyncio.to_thread(watch_outcome, self._config.journal, room, since=since)
            if call is not None and call != before:
                await self._send({"about": "call", "room": room, **asdict(call)})
                if call.state == "ended":
                    return
            before = call
            await asyncio.sleep(POLL_INTERVAL)

    async def _send(self, message: Mapping[str, object]) -> None:
        with suppress(ConnectionError):  # the page has closed; `run` will end soon
            await self._socket.send_json(message)
