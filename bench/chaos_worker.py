"""Runs the worker that the chaos benchmark kills and starts again, and receives the worker's webhooks."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field

import psutil
from aiohttp import web
from livekit.protocol.models import ParticipantInfo

from bench.agents.lasting import NAME
from bench.cut import Cut
from bench.stage import ROOT, Stage
from offhook.control.api import Api, connect
from offhook.core.webhooks import new_secret
from offhook.dev.spawn import kill_group
from offhook.journal.reader import Reader
from offhook.testing import Caller
from offhook.testing.live.worker import Worker, running_worker

__all__ = ["Chaos", "chaos"]

_FILE = ROOT / "bench" / "agents" / "lasting.py"
_AGENT = ParticipantInfo.Kind.AGENT


@dataclass
class Chaos:
    """A server, a worker behind a relay, and the received webhooks. One worker runs at a time, and all workers use the
    same journal.
    """

    stage: Stage
    api: Api
    cut: Cut
    hook: str
    worker: Worker | None = None
    told: set[tuple[str, str]] = field(default_factory=set)
    stack: ExitStack = field(default_factory=ExitStack)
    accepted: list[tuple[str, str]] = field(default_factory=list)
    """The call id and the command id of each accepted command. Each of these commands must be in the journal."""

    async def start(self) -> Worker:
        """Stop the last worker, and start a new one."""
        await self.stop()
        hooks = f"{self.hook} {new_secret(bytes(24))} call.ended"
        environ = {**self.stage.environ, **self.stage.server.variables(), "LIVEKIT_URL": self.cut.url}
        environ |= {"OFFHOOK_WEBHOOKS": hooks, "OFFHOOK_WEBHOOKS_PRIVATE": "1", "OFFHOOK_DRAIN": "1"}
        self.worker = await asyncio.to_thread(self.stack.enter_context, running_worker(_FILE, environ))
        return self.worker

    async def stop(self) -> None:
        """Kill all processes of the last worker that still run."""
        if self.worker is not None:
            await asyncio.to_thread(kill_group, self.worker.process)
            await asyncio.to_thread(self.worker.process.wait)
            self.worker = None

    def caller(self, room: str, identity: str, metadata: str = "", *, agent: bool = False) -> Caller:
        server = self.stage.server
        return Caller(
            url=server.url,
            api_key=server.api_key,
            api_secret=server.api_secret,
            room=room,
            identity=identity,
            agent=NAME if agent else None,
            metadata=metadata,
        )

    async def people(self, room: str, *, since: float) -> tuple[set[str], bool]:
        """Return the people in the room, and whether an agent in the room joined after the Unix time `since`."""
        there = await self.api.list_participants(room)
        people = {one.identity for one in there if one.kind != _AGENT}
        return people, any(one.kind == _AGENT and one.joined_at_ms > since * 1000 for one in there)

    def job(self, call: str) -> psutil.Process:
        """Return the job process of this call."""
        assert self.worker is not None
        line = next(one for one in reversed(self.worker.lines) if "picked up" in one and call in one)
        return psutil.Process(json.loads(line)["pid"])

    def calls(self, room: str = "") -> list[str]:
        """Return the calls of this room, or all calls if `room` is empty. The oldest call is the first."""
        with Reader(self.stage.journal) as reader:
            return [one.call for one in reversed(reader.calls(100_000)) if room in ("", one.room)]


@asynccontextmanager
async def chaos(stage: Stage) -> AsyncIterator[Chaos]:
    """Run the relay, the API client and the receiver of webhooks while the block lasts."""
    told: set[tuple[str, str]] = set()

    async def take(request: web.Request) -> web.Response:
        body = await request.json()
        told.add((body["data"]["call"], body["type"]))
        return web.Response()

    app = web.Application()
    app.router.add_post("/hook", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server = stage.server
    async with (
        Cut(server.url) as cut,
        connect(url=server.url, key=server.api_key, secret=server.api_secret) as api,
    ):
        hook = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
        running = Chaos(stage, api, cut, hook, told=told)
        try:
            yield running
        finally:
            await running.stop()
            running.stack.close()
            await runner.cleanup()
