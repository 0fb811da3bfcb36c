"""A request to a participant who has just joined, at a server that answers as livekit-server does."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web
from livekit.protocol.room import PerformRpcResponse

from offhook.control import Api, connect
from offhook.control.rpc import perform_rpc
from offhook.core.errors import CommandError

CLOSED = {"code": "unknown", "msg": "data channel is not available"}
LOST = {"code": "canceled", "msg": "request canceled"}
Serving = Callable[..., Awaitable[tuple[Api, list[str]]]]


@pytest.fixture
async def serving() -> AsyncIterator[Serving]:
    """A server whose participant cannot be reached for the first `closed` requests, and the requests it got."""
    stack: list[Callable[[], Awaitable[object]]] = []

    async def start(closed: int, error: dict[str, str] = CLOSED) -> tuple[Api, list[str]]:
        got: list[str] = []

        async def answer(request: web.Request) -> web.Response:
            got.append(request.path)
            if len(got) <= closed:
                return web.json_response(error, status=500)
            return web.Response(body=PerformRpcResponse(payload="yes").SerializeToString())

        app = web.Application()
        app.router.add_post("/twirp/livekit.RoomService/PerformRpc", answer)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        stack.append(runner.cleanup)
        port = runner.addresses[0][1]
        api = connect(url=f"ws://127.0.0.1:{port}", key="key", secret="x" * 40)
        opened = await api.__aenter__()
        stack.append(lambda: api.__aexit__(None, None, None))
        return opened, got

    yield start
    for end in reversed(stack):
        await end()


async def test_a_participant_whose_data_channel_opens_late_is_asked_again(serving: Serving) -> None:
    api, got = await serving(2)
    assert await perform_rpc(api, room="r", identity="i", method="m", payload="") == "yes"
    assert len(got) == 3


async def test_one_whose_data_channel_does_not_open_is_unreachable_in_time(serving: Serving) -> None:
    api, got = await serving(1000)
    with pytest.raises(CommandError, match="data channel is not available") as caught:
        await perform_rpc(api, room="r", identity="i", method="m", payload="", timeout_ms=250)
    assert caught.value.code == "unreachable"
    assert 2 <= len(got) <= 4


async def test_a_lost_request_is_repeated_once_if_it_may_be_repeated(serving: Serving) -> None:
    api, got = await serving(1, LOST)
    where = {"room": "r", "identity": "i", "method": "m", "payload": ""}
    assert await perform_rpc(api, **where, repeatable=True) == "yes"
    assert len(got) == 2


@pytest.mark.parametrize(("repeatable", "requests"), [(False, 1), (True, 2)])
async def test_who_never_answers_has_ended_or_left_and_the_server_s_words_say_why(
    serving: Serving, repeatable: bool, requests: int
) -> None:
    api, got = await serving(1000, LOST)
    with pytest.raises(CommandError, match=r"its agent has left \(canceled: request canceled\)") as caught:
        await perform_rpc(api, room="r", identity="i", method="m", payload="", repeatable=repeatable)
    assert caught.value.code == "ended"
    assert len(got) == requests
