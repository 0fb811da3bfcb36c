"""Each kind of broken LiveKit server has its own message; the tests with a real server are in tests/live."""

import re
import time
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from typing import Any

import pytest
from aiohttp import WSMsgType, web
from livekit.protocol import agent as wire

from offhook.checks.server import Access, check_clock, check_server
from offhook.checks.web import Route

Serving = Callable[..., Awaitable[str]]
ROOMS = "/twirp/livekit.RoomService/ListRooms"
SECRET = "a-canary-secret-of-thirty-two-characters"


def access(url: str) -> Access:
    return Access(url.replace("http", "ws"), "canary-key", SECRET)


def worker_socket(version: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def answer(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        asked = await socket.receive()
        assert asked.type is WSMsgType.BINARY
        assert wire.WorkerMessage.FromString(asked.data).register.agent_name == "offhook-check"
        message = wire.ServerMessage()
        message.register.server_info.version = version
        await socket.send_bytes(message.SerializeToString())
        return socket

    return answer


async def look(url: str, limit: float = 30.0) -> Any:
    return await check_server(access(url), route=Route(), limit=limit)


async def test_a_server_that_takes_the_key_and_a_worker_is_fine(serving: Serving) -> None:
    found = await look(await serving({ROOMS: {"rooms": []}, "/agent": worker_socket("1.13.5")}))
    assert (found.state, found.detail.endswith("key and secret accepted, livekit-server 1.13.5")) == ("ok", True)


@pytest.mark.parametrize(("version", "state"), [("1.9.1", "warning"), ("1.9.2", "ok"), ("v2.0.0", "ok"), ("?", "ok")])
async def test_a_server_too_old_for_commands_is_a_warning(serving: Serving, version: str, state: str) -> None:
    found = await look(await serving({ROOMS: {}, "/agent": worker_socket(version)}))
    assert found.state == state


REFUSALS = [
    ("invalid API key: canary-key", "has no such key", "LIVEKIT_API_KEY"),
    ("invalid token: eyJ, error: token signature is invalid", "the secret is wrong", "LIVEKIT_API_SECRET"),
    ("invalid token: eyJ, error: token is expired", "expired or not valid yet", "clock"),
    ("go away", "refuses the key and secret", "LIVEKIT_API_KEY and LIVEKIT_API_SECRET"),
]


@pytest.mark.parametrize(("text", "detail", "todo"), REFUSALS)
async def test_each_refusal_of_the_key_is_told_apart(serving: Serving, text: str, detail: str, todo: str) -> None:
    found = await look(await serving({ROOMS: web.Response(status=401, text=text)}))
    assert (found.state, detail in found.detail, todo in found.todo) == ("problem", True, True)
    assert "canary" not in f"{found}"
    assert "eyJ" not in f"{found}"


async def test_another_program_is_not_taken_for_a_livekit_server(serving: Serving) -> None:
    found = await look(await serving({ROOMS: web.Response(text="<html>hello</html>")}))
    assert (found.state, "answers with a web page" in found.detail) == ("problem", True)


async def test_a_proxy_that_lets_no_websocket_through_is_said(serving: Serving) -> None:
    found = await look(await serving({ROOMS: {}, "/agent": web.Response(status=403)}))
    assert (found.state, "refuses to register a worker (403)" in found.detail) == ("problem", True)
    assert "blocks WebSockets" in found.todo


async def test_a_server_that_is_gone_is_said(closed_port: int) -> None:
    found = await look(f"http://127.0.0.1:{closed_port}")
    assert (found.state, found.detail) == ("problem", f"no server listens at ws://127.0.0.1:{closed_port}")
    assert found.todo.startswith("check LIVEKIT_URL")


@pytest.mark.parametrize(
    ("ahead", "state", "says"),
    [(0, "ok", "agrees"), (4, "ok", "agrees"), (60, "warning", "ahead of"), (-60, "warning", "behind")],
)
async def test_clocks_that_differ_are_told_with_the_amount(serving: Serving, ahead: int, state: str, says: str) -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(text="OK", headers={"Date": formatdate(time.time() - ahead, usegmt=True)})

    found = await check_clock(access(await serving({"/": answer})), limit=30)
    assert (found.state, says in found.detail) == (state, True)
    told = re.search(r"^about (\d+) s ", found.detail)
    assert (told is None) == (state == "ok")
    assert told is None or int(told[1]) == pytest.approx(60, abs=15)  # a slow machine answers late


async def test_a_server_that_is_gone_tells_no_time(closed_port: int) -> None:
    found = await check_clock(access(f"http://127.0.0.1:{closed_port}"), limit=30)
    assert found.state == "skipped"


@pytest.mark.parametrize(
    ("url", "near"),
    [
        ("ws://127.0.0.1:1", True),
        ("ws://livekit:7880", True),
        ("ws://10.0.0.5", True),
        ("ws://calls.example.com", False),
    ],
)
def test_only_a_public_address_needs_tls(url: str, near: bool) -> None:
    from offhook.checks.server import _private

    assert _private(url) == near
