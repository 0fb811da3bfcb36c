"""Servers on the loopback interface with good and bad answers of providers."""

import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr

from offhook.selection import Choice

CANARY = "sk-canary-4f6f2d1b9c"


@pytest.fixture
async def serving() -> AsyncIterator[Callable[..., Awaitable[str]]]:
    """Start a server with these answers by path and return its address. Other paths answer 404."""
    running: list[web.AppRunner] = []

    async def serve(answers: dict[str, Any], *, seen: list[web.Request] | None = None) -> str:
        async def answer(request: web.Request) -> web.StreamResponse:
            if seen is not None:
                seen.append(request)
            found = answers.get(request.path, web.Response(status=404, text="404 page not found"))
            if callable(found):
                return await found(request)
            return found if isinstance(found, web.Response) else web.json_response(found)

        app = web.Application()
        app.router.add_route("*", "/{path:.*}", answer)
        runner = web.AppRunner(app, shutdown_timeout=0)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        running.append(runner)
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    yield serve
    for runner in running:
        await runner.cleanup()


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port without a listener, bound so that no other program can use the port."""
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        yield int(held.getsockname()[1])


def chosen(provider: str, base_url: str | None = None, **other: Any) -> Choice:
    """A choice with the canary as its key."""
    names = {"deepgram": ("stt", "nova-3"), "cartesia": ("tts", ""), "openai": ("llm", "gpt-4.1-mini")}
    stage, model = names.get(provider, ("stt", ""))
    key_name = f"{provider.upper()}_API_KEY"
    choice = Choice(stage, provider, model, "", base_url, SecretStr(CANARY), key_name, "test")  # type: ignore[arg-type]  # a stage, from the table above
    return replace(choice, **other)
