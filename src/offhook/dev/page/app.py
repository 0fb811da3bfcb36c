"""The talk page's web application: its files, a token for each call, and the WebSocket."""

import secrets
import time
from pathlib import Path
from typing import Final

from aiohttp import web

from offhook.dev.page.assets import parts
from offhook.dev.page.config import PageConfig
from offhook.dev.page.security import headers
from offhook.dev.page.site import guarded_site
from offhook.dev.page.socket import PageSocket
from offhook.dev.worker_status import WorkerStatus
from offhook.tokens import room_token

__all__ = ["application"]

TOKEN_TTL: Final = 15 * 60.0
MAX_ROOMS: Final = 200
"""The page can request the outcome of its latest calls, at most this many."""


class _PageApp:
    def __init__(self, config: PageConfig, status: WorkerStatus) -> None:
        self._config, self._status = config, status
        self._boot = secrets.token_hex(4)
        self._rooms: dict[str, float] = {}
        self._sockets: set[PageSocket] = set()

    async def token(self, _request: web.Request) -> web.Response:
        """Return a token for a new room and a new caller. When the caller joins, the server dispatches the agent."""
        room = f"talk-{secrets.token_hex(5)}"
        token = room_token(
            api_key=self._config.api_key,
            api_secret=self._config.api_secret,
            room=room,
            identity=f"guest-{secrets.token_hex(5)}",
            name="Talk page",
            role="caller",
            ttl=TOKEN_TTL,
            agent=self._status.state.agent or None,  # LiveKit dispatches an agent without a name to every new room
        )
        self._rooms[room] = time.time() - 1
        while len(self._rooms) > MAX_ROOMS:
            del self._rooms[next(iter(self._rooms))]
        return web.json_response({"url": self._config.url, "room": room, "token": token})

    async def socket(self, request: web.Request) -> web.StreamResponse:
        socket = PageSocket(self._config, self._status, rooms=self._rooms, boot=self._boot)
        self._sockets.add(socket)
        try:
            return await socket.run(request)
        finally:
            self._sockets.discard(socket)

    async def close(self, _app: web.Application) -> None:
        for socket in list(self._sockets):
            await socket.close()


def application(config: PageConfig, status: WorkerStatus, *, livekit_client: Path) -> web.Application:
    """Return the web application. Serve it only on a loopback address."""
    page = _PageApp(config, status)
    routes = (web.post("/token", page.token), web.get("/socket", page.socket))
    app = guarded_site(parts(livekit_client), headers(config.url), routes)
    app.on_shutdown.append(page.close)
    return app
