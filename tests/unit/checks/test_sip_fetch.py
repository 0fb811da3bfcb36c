"""A server that does not list its trunks says why, and the text has no secret."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from offhook.checks.sip import fetch_config
from offhook.control.api import connect
from offhook.core.errors import OffhookError, RoomError, SettingsError

SECRET = "a-secret-of-at-least-32-characters"


@asynccontextmanager
async def server(status: int, body: str, kind: str = "application/json") -> AsyncIterator[str]:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=status, text=body, content_type=kind)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    async with TestServer(app) as running:
        yield f"http://127.0.0.1:{running.port}"


@pytest.mark.parametrize(
    ("status", "body", "error", "says"),
    [
        (401, SECRET, SettingsError, "refuses the key: check that LIVEKIT_API_KEY and LIVEKIT_API_SECRET belong"),
        (403, '{"code": "permission_denied", "msg": "x"}', SettingsError, "no right to administer SIP"),
        (412, '{"code": "internal", "msg": "sip not connected (redis required)"}', RoomError, "has no Redis"),
        (
            404,
            "<html>nothing here</html>",
            RoomError,
            "does not list its SIP trunks .HTTP 404.: is it a LiveKit server",
        ),
        (200, "<html>welcome</html>", RoomError, "is not a LiveKit server: check LIVEKIT_URL"),
    ],
)
async def test_each_refusal_says_what_to_do(status: int, body: str, error: type[OffhookError], says: str) -> None:
    async with server(status, body) as url, connect(url=url, key="key", secret=SECRET) as api:
        with pytest.raises(error, match=says) as failed:
            await fetch_config(api)
    assert SECRET not in str(failed.value)


async def test_a_dead_host_is_told_with_its_address() -> None:
    async with connect(url="ws://127.0.0.1:9", key="key", secret=SECRET) as api:
        with pytest.raises(RoomError, match=r"^ws://127.0.0.1:9 does not answer .*is the LiveKit server running there"):
            await fetch_config(api)
