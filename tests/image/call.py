"""Makes calls to a container of the built image: greeting, answer, health check, SIGTERM, goodbye, exit code, journal.

It runs in a network of its own (see __main__.py): all ports are free, and no real provider can be reached.
"""

import argparse
import asyncio
import json
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from tests.live.container_view import USER, in_container_view

from offhook.core.errors import OffhookError
from offhook.dev.binary import find_or_fetch
from offhook.dev.server import LocalServer, local_server
from offhook.dev.spawn import kill_group, spawn
from offhook.journal.reader import Reader
from offhook.testing import Caller
from offhook.testing.live.worker import Worker
from offhook.testing.sandbox import Offline, Oracle, Sandbox

GREETING = "Hello, this is the front desk"
QUESTION = "what are your opening hours"
ANSWER = "open day and night"
FAREWELL = "I have to end this call now"
PROBE = f'[ "$(id -u)" = {USER} ] && touch /tmp/probe .offhook/probe && rm .offhook/probe && ! touch probe 2>/dev/null'
"""True in a shell of that user, where /tmp and the volume can be written to and the image cannot."""


@dataclass(frozen=True, slots=True)
class Container:
    """The image's file system, the volume for its journal, and what the image says about running it."""

    root: Path
    volume: Path
    config: dict[str, Any]

    def command(self, *words: str) -> list[str]:
        """The command as the image's user runs it."""
        return [*in_container_view(self.root, Path(self.config["WorkingDir"]), volume=self.volume), *words]

    def environ(self) -> dict[str, str]:
        return {"HOME": self.config["WorkingDir"], **dict(pair.split("=", 1) for pair in self.config["Env"])}

    def succeeds(self, *words: str) -> bool:
        return subprocess.run(self.command(*words), env=self.environ(), check=False).returncode == 0

    @contextmanager
    def running(self, **settings: str) -> Iterator[Worker]:
        """The image's command, until the block ends."""
        environ = self.environ() | settings
        process = spawn(self.command(*self.config["Cmd"]), environ=environ, output=subprocess.PIPE)
        worker = Worker(process)
        try:
            worker.wait_for("registered worker")
            yield worker
        finally:
            kill_group(process)
            process.wait()


async def hold(container: Container, server: LocalServer, *, room: str, **settings: str) -> None:
    """One call, which SIGTERM ends with a goodbye."""
    caller = Caller(url=server.url, api_key=server.api_key, api_secret=server.api_secret, room=room)
    with container.running(**server.variables(), OFFHOOK_DRAIN="2", **settings) as worker:
        try:
            async with caller:
                await caller.hears(since=caller.joined_at, timeout=30)
                await caller.reads(GREETING, timeout=20)
                await caller.quiet()
                await caller.say(QUESTION)
                await caller.reads(ANSWER, timeout=60)
                await caller.quiet()
                _, *check = container.config["Healthcheck"]["Test"]
                expect("the health check passes", await asyncio.to_thread(container.succeeds, *check))
                worker.process.send_signal(getattr(signal, container.config.get("StopSignal") or "SIGTERM"))
                await caller.reads(FAREWELL, timeout=30)
                expect("the room is closed", await caller.ended(timeout=20) == "ROOM_DELETED")
            code = await asyncio.to_thread(worker.process.wait, 40)
        except Exception:
            typer.echo(worker.tail(40), err=True)
            raise
    expect("the worker exits with 0", code == 0)
    with Reader(container.volume / "journal.db") as reader:
        ended = [reader.records(one.call)[-1].body.get("reason") for one in reader.calls(limit=9) if one.room == room]
    expect("the journal in the volume has the call", ended == ["shutdown"])


def expect(what: str, true: bool) -> None:
    if not true:
        raise OffhookError(f"not so: {what}")


@asynccontextmanager
async def providers() -> AsyncIterator[dict[str, str]]:
    """The settings for the plugins of Deepgram, OpenAI and Cartesia, with providers on this machine."""
    async with Sandbox(stt=Oracle(QUESTION), tts=Offline()) as sandbox:
        yield {**sandbox.environ(), "OFFHOOK_VAD": "silero"}


async def main(container: Container) -> None:
    """A call with the offline models, then one with the plugins that need keys."""
    expect("only /tmp and the volume are writable", container.succeeds("sh", "-c", PROBE))
    binary = find_or_fetch(environ=dict(os.environ))
    with local_server(binary) as server:
        await hold(container, server, room="offline-models", OFFHOOK_PRESET="offline")
        typer.echo(
            "a call with the offline models: greeting, answer, health check, SIGTERM, goodbye, exit code 0, journal"
        )
        async with providers() as settings:
            await hold(container, server, room="plugins", **settings)
        typer.echo("a call with the plugins of Silero, Deepgram, OpenAI and Cartesia (provider sandbox): the same")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("root", type=Path)
    parser.add_argument("volume", type=Path)
    parser.add_argument("config", type=json.loads)
    asyncio.run(main(Container(**vars(parser.parse_args()))))
