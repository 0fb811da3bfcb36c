"""The one WebSocket between the page and us: how the worker is, and what the journal knows of the page's call."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import Final

from aiohttp import WSMsgType, web

from offhook.dev.news import News
from offhook.dev.page.ended import look
from offhook.dev.page.premises import Premises

__all__ = ["Line"]

LOOK: Final = 0.25
HEARTBEAT: Final = 20.0
LONGEST: Final = 1024


class Line:
    """One open page. `rooms` are the ones that we gave a token for, and when: of others it is told nothing."""

    def __init__(self, premises: Premises, news: News, *, rooms: Mapping[str, float], boot: str) -> None:
        self._premises, self._news = premises, news
        self._rooms, self._boot = rooms, boot
        self._socket = web.WebSocketResponse(heartbeat=HEARTBEAT, max_msg_size=LONGEST)
        self._following: asyncio.Task[None] | None = None

    async def run(self, request: web.Request) -> web.WebSocketResponse:
        """Tell and follow until the page goes away."""
        await self._socket.prepare(request)
        telling = asyncio.create_task(self._tell_of_worker(), name="page: worker")
        try:
            async for message in self._socket:
                if message.type is WSMsgType.TEXT:
                    self._asked(message.data)
        finally:
            tasks = [task for task in (telling, self._following) if task is not None]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return self._socket

    async def close(self) -> None:
        """We end; the page says so."""
        await self._socket.close(code=1001)

    def _asked(self, text: str) -> None:
        """`{"follow": room}`, in place of the room before."""
        try:
            room = json.loads(text)["follow"]
            since = self._rooms[room]
        except (ValueError, TypeError, KeyError):
            return  # not our page, or one from before we were started
        if self._following is not None:
            self._following.cancel()
        self._following = asyncio.create_task(self._follow(room, since), name="page: call")

    async def _tell_of_worker(self) -> None:
        changed, loop = asyncio.Event(), asyncio.get_running_loop()
        about = {"boot": self._boot, "file": self._premises.agent_file, "models": self._premises.models}
        with self._news.told(lambda: loop.call_soon_threadsafe(changed.set)):
            while True:
                changed.clear()
                state = self._news.state
                worker = {"phase": state.phase, "agent": state.agent, "broken": list(state.broken.values())}
                await self._send({"about": "worker", **about, **worker})
                await changed.wait()

    async def _follow(self, room: str, since: float) -> None:
        before = None
        while self._premises.journal is not None:
            call = await asyncio.to_thread(look, self._premises.journal, room, since=since)
            if call is not None and call != before:
                await self._send({"about": "call", "room": room, **asdict(call)})
                if call.state == "ended":
                    return
            before = call
            await asyncio.sleep(LOOK)

    async def _send(self, message: Mapping[str, object]) -> None:
        with suppress(ConnectionError):  # the page has gone; its end is on the way
            await self._socket.send_json(message)
