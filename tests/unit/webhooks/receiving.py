"""A real HTTP receiver on loopback, and a journal with calls."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from offhook.core.facts import CallerFound, Connected, Ended, Fact, MessageCommitted
from offhook.core.record import Record, to_body
from offhook.core.webhooks import Receiver, new_secret, parse_receivers
from offhook.journal.rows import row_of
from offhook.journal.store import Store

SECRET = new_secret(b"s" * 24)
Handler = Callable[[web.Request], Any]


@dataclass
class Received:
    """What the receiver got, and the status that it answers. `handler` answers in another way."""

    port: int = 0
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    handler: Handler | None = None
    requests: list[tuple[dict[str, str], str]] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?token=hush"

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.requests]

    @property
    def told(self) -> list[tuple[str, str]]:
        """Call and event of each request, in order."""
        return [(body["data"]["call"], body["type"]) for body in self.bodies]

    def receiver(self, *words: str) -> Receiver:
        (receiver,) = parse_receivers(" ".join((self.url, SECRET, *words)), private=True)
        return receiver

    async def events_of(self, room: str, *, last: str, within: float = 20.0) -> list[dict[str, Any]]:
        """Wait for this event of the call in this room; returns all messages of the room so far."""
        async with asyncio.timeout(within):
            while True:
                self.arrived.clear()
                found = [body for body in self.bodies if body["data"]["room"] == room]
                if any(body["type"] == last for body in found):
                    return found
                await self.arrived.wait()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append((dict(request.headers), await request.text()))
        self.arrived.set()
        if self.handler is not None:
            answer: web.StreamResponse = await self.handler(request)
            return answer
        return web.Response(status=self.status, headers=self.headers)


@asynccontextmanager
async def receiving() -> AsyncIterator[Received]:
    """Serve one receiver on a free port."""
    received = Received()
    app = web.Application(client_max_size=4_000_000)
    app.router.add_route("*", "/{path:.*}", received.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    received.port = runner.addresses[0][1]
    try:
        yield received
    finally:
        await runner.cleanup()


class Clock:
    """A clock that a test sets."""

    def __init__(self, now: float = 1_764_440_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def record(path: Path, receivers: tuple[Receiver, ...], call: str, *facts: Fact, at: float) -> None:
    """Write the facts of one call, one second apart."""
    with closing(Store(path, receivers)) as store:
        store.write(
            [
                row_of(Record(call, seq, at + seq, float(seq), "fact", type(fact).__name__, to_body(fact)))
                for seq, fact in enumerate(facts)
            ]
        )


def whole_call(path: Path, receivers: tuple[Receiver, ...], call: str, *, said: str = "hello", at: float) -> None:
    """Write a call with one sentence, from start to end."""
    facts = (
        Connected("lobby", "agent-1"),
        CallerFound("sip_+14155552671", phone=True, active=True, name="Ada", number="+14155552671"),
        MessageCommitted("user", said),
        Ended("caller_hung_up", seconds=3.0),
    )
    record(path, receivers, call, *facts, at=at)
