"""The listening page's web application: a token for each visit, and the outcome of the call."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from aiohttp import web

from offhook.core.errors import RoomError
from offhook.dev.page.assets import parts
from offhook.dev.page.outcome import WORDS, watch_outcome
from offhook.dev.page.security import headers
from offhook.dev.page.site import guarded_site
from offhook.tokens import room_token

__all__ = ["ListenApp", "ListenConfig"]

WEB: Final = Path(__file__).parent / "web"
TOKEN_TTL: Final = 60.0
"""Seconds for which a token is valid. This is enough, because the page joins at once. After that time, a copied token
is useless.
"""
NO_AGENT: Final = "offhook-listen-no-agent"
"""An agent name that no worker has. If a listener joins a room that has just closed, LiveKit opens the room again. The
listener's token has this agent name, so LiveKit dispatches no agent to the room."""
_WORDS: Final[Mapping[str, str]] = {**dict(WORDS.items()), "caller_hung_up": "The caller hung up."}


@dataclass(frozen=True, slots=True)
class ListenConfig:
    """The room that the page plays, and the LiveKit server with its API key and secret.

    If `visible` is False, the other participants do not see the listeners.
    """

    url: str
    api_key: str
    api_secret: str = field(repr=False)
    room: str
    name: str = ""
    visible: bool = False
    journal: Path | None = None


class ListenApp:
    """The web application for one room. `opened_at` returns the time at which the room was opened.

    If the room is not open, `opened_at` raises `RoomError`. `listeners` has the identity of each listener that has
    received a token so far.
    """

    def __init__(self, config: ListenConfig, opened_at: Callable[[], Awaitable[float]]) -> None:
        self._config, self._opened_at = config, opened_at
        self._since: float | None = None
        self.listeners: set[str] = set()
        self._make_token("listener")  # if the name is too long, the error is raised now, not at the first visit

    def application(self, livekit_client: Path) -> web.Application:
        """Return the web application. Serve it only on a loopback address."""
        routes = (
            web.post("/about", self._about),
            web.post("/token", self._token),
            web.post("/outcome", self._outcome),
        )
        return guarded_site(parts(livekit_client, WEB), headers(self._config.url, microphone=False), routes)

    async def _about(self, _request: web.Request) -> web.Response:
        return web.json_response(
            {"room": self._config.room, "name": self._config.name, "visible": self._config.visible}
        )

    async def _token(self, _request: web.Request) -> web.Response:
        """Return a token for a new listener, if the room is open."""
        try:
            self._since = await self._opened_at() - 1
        except RoomError as error:
            raise web.HTTPConflict(text=f"{error}\n") from error
        identity = f"listener-{secrets.token_hex(5)}"
        token = self._make_token(identity)
        self.listeners.add(identity)
        return web.json_response({"url": self._config.url, "token": token})

    def _make_token(self, identity: str) -> str:
        return room_token(
            api_key=self._config.api_key,
            api_secret=self._config.api_secret,
            room=self._config.room,
            identity=identity,
            name=self._config.name,
            role="listener" if self._config.visible else "monitor",
            ttl=TOKEN_TTL,
            agent=NO_AGENT,
        )

    async def _outcome(self, _request: web.Request) -> web.Response:
        """Return how the call ended, if this machine has the journal of the call."""
        if self._since is None or self._config.journal is None:
            return web.json_response({})
        found = await asyncio.to_thread(watch_outcome, self._config.journal, self._config.room, since=self._since)
        if found is None:
            return web.json_response({})
        words = _WORDS.get(found.reason, found.words) if found.words else ""
        answer = {"state": found.state, "reason": found.reason, "words": words, "detail": found.detail}
        return web.json_response({**answer, "show": found.show})
