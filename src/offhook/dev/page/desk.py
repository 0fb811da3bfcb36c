"""The page's web application: its files, a token for each call, and the line that it listens on."""

import secrets
import time
from pathlib import Path
from typing import Final

from aiohttp import web

from offhook.dev.news import News
from offhook.dev.page.guard import guarded, headers
from offhook.dev.page.line import Line
from offhook.dev.page.parts import parts
from offhook.dev.page.premises import Premises
from offhook.tokens import room_token

__all__ = ["application"]

LIFE: Final = 15 * 60.0
REMEMBERED: Final = 200
"""Calls whose end can be asked for."""


class _Desk:
    def __init__(self, premises: Premises, news: News) -> None:
        self._premises, self._news = premises, news
        self._boot = secrets.token_hex(4)
        self._rooms: dict[str, float] = {}
        self._lines: set[Line] = set()

    async def token(self, _request: web.Request) -> web.Response:
        """A fresh room and a fresh caller; joining it sends for the agent under the name that it registered with."""
        room = f"talk-{secrets.token_hex(5)}"
        token = room_token(
            api_key=self._premises.api_key,
            api_secret=self._premises.api_secret,
            room=room,
            identity=f"guest-{secrets.token_hex(5)}",
            name="Talk page",
            role="caller",
            ttl=LIFE,
            agent=self._news.state.agent or None,  # without a name it comes to every new room
        )
        self._rooms[room] = time.time() - 1
        while len(self._rooms) > REMEMBERED:
            del self._rooms[next(iter(self._rooms))]
        return web.json_response({"url": self._premises.url, "room": room, "token": token})

    async def line(self, request: web.Request) -> web.StreamResponse:
        line = Line(self._premises, self._news, rooms=self._rooms, boot=self._boot)
        self._lines.add(line)
        try:
            return await line.run(request)
        finally:
            self._lines.discard(line)

    async def close(self, _app: web.Application) -> None:
        for line in list(self._lines):
            await line.close()


def application(premises: Premises, news: News, *, livekit_client: Path) -> web.Application:
    """The application; run it on a loopback address only."""
    desk, always = _Desk(premises, news), headers(premises.url)
    files = parts(livekit_client)

    async def dress(_request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(always)

    async def file(request: web.Request) -> web.StreamResponse:
        part = files.get(request.path)
        if part is None:
            raise web.HTTPNotFound(text="there is no such page\n")
        return web.FileResponse(part.path, headers={"Content-Type": f"{part.content_type}; charset=utf-8"})

    app = web.Application(middlewares=[guarded], client_max_size=1024)
    app.on_response_prepare.append(dress)
    app.on_shutdown.append(desk.close)
    app.router.add_post("/token", desk.token)
    app.router.add_get("/line", desk.line)
    app.router.add_get("/{name:[^/]*}", file)
    return app
