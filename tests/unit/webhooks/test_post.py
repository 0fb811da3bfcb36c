"""One request to a receiver: its signature, and what slow, lying and broken receivers can do."""

import asyncio
import time
from typing import Any

import pytest
from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError

from offhook.core.webhooks import new_secret, parse_receivers
from offhook.webhooks.post import Answer, open_session, post

from .receiving import SECRET, Received, receiving


async def _sent(received: Received, *, within: float = 10.0) -> Answer:
    async with open_session(private=True, timeout=within) as session:
        return await post(session, received.receiver(), "msg_1", '{"type":"ü"}', now=time.time(), private=True)


async def test_a_receiver_can_verify_the_message_and_notices_a_change() -> None:
    async with receiving() as received:
        assert await _sent(received) == Answer()
    ((headers, body),) = received.requests
    assert Webhook(SECRET).verify(body, headers) == {"type": "ü"}
    assert (headers["webhook-id"], headers["Content-Type"]) == ("msg_1", "application/json")
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body.replace("ü", "u"), headers)


async def test_during_a_rotation_both_secrets_verify() -> None:
    newer = new_secret(b"n" * 24)
    async with receiving() as received, open_session(private=True) as session:
        (receiver,) = parse_receivers(f"{received.url} {newer} {SECRET}", private=True)
        await post(session, receiver, "msg_1", "{}", now=time.time(), private=True)
    ((headers, body),) = received.requests
    assert [Webhook(secret).verify(body, headers) for secret in (newer, SECRET)] == [{}, {}]


async def test_a_redirect_is_a_failure_and_is_not_followed() -> None:
    async with receiving() as received:
        received.status, received.headers = 307, {"Location": f"{received.url}&again=1"}
        answer = await _sent(received)
    assert answer.error == "the answer is the redirect 307; redirects are not followed"
    assert len(received.requests) == 1


async def test_an_answer_of_ten_megabytes_is_not_read() -> None:
    written = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal written
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(10_000):
            await response.write(b"x" * 1024)
            written += 1024
        return response

    async with receiving() as received:
        received.handler = endless
        assert await _sent(received) == Answer()
    assert written < 10_000_000


async def test_an_answer_that_comes_too_late_is_a_failure() -> None:
    released = asyncio.Event()

    async def late(_: web.Request) -> web.StreamResponse:
        await released.wait()
        return web.Response()

    async with receiving() as received:
        received.handler = late
        answer = await _sent(received, within=0.1)
        released.set()
    assert answer.error == "no answer within 0.1 s"


@pytest.mark.parametrize(
    ("status", "headers", "answer"),
    [
        (204, {}, Answer()),
        (500, {}, Answer("the answer is 500", down=True)),
        (503, {"Retry-After": "120"}, Answer("the answer is 503", retry_after=120, down=True)),
        (429, {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, Answer("the answer is 429", down=True)),
        (503, {"Retry-After": "9" * 400}, Answer("the answer is 503", down=True)),
        (413, {}, Answer("the answer is 413")),
        (410, {}, Answer("the answer is 410", gone=True)),
    ],
)
async def test_the_status_decides(status: int, headers: dict[str, str], answer: Answer) -> None:
    async with receiving() as received:
        received.status, received.headers = status, headers
        assert await _sent(received) == answer


async def test_no_error_quotes_the_url_or_the_secret() -> None:
    async with receiving() as received:
        dead = received.receiver()
    answers: list[Any] = []
    async with open_session(private=True) as session:
        answers.append(await post(session, dead, "msg_1", "{}", now=1.0, private=True))
        for host in ("no-such-host.invalid", "bad_host\x00.example"):
            object.__setattr__(dead, "url", f"http://{host}/hook?token=hush")
            answers.append(await post(session, dead, "msg_1", "{}", now=1.0, private=True))
    assert all(one.error for one in answers)
    assert "hush" not in str(answers)
    assert answers[1].error == "the host was not found"


async def test_an_answer_that_is_no_http_is_a_failure() -> None:
    async def nonsense(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(nonsense, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        assert (await _sent(Received(port=port))).error
