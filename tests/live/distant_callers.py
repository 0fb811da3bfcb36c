"""A caller in a separate process that can be stopped and continued, like a phone in a tunnel."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from offhook.testing import Caller

__all__ = ["Distant", "distant"]

SECRET = "OFFHOOK_TEST_SECRET"


class Distant:
    """Speaks the lines written to its process. A stopped process sends nothing and answers nothing."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    def fades(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def returns(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    async def say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())
        await self._process.stdin.drain()

    async def hang_up(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()


@asynccontextmanager
async def distant(stage: Any, room: str, metadata: str) -> AsyncIterator[Distant]:
    """Run the caller while the block lasts."""
    server = stage.server
    command = [sys.executable, "-m", "tests.live.distant_callers", server.url, server.api_key, room, stage.agent]
    process = await asyncio.create_subprocess_exec(
        *command,
        metadata,
        cwd=Path(__file__).parents[2],
        env={**os.environ, SECRET: server.api_secret},
        stdin=asyncio.subprocess.PIPE,
    )
    try:
        yield Distant(process)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _run(url: str, key: str, room: str, agent: str, metadata: str) -> None:
    """Speak each line from stdin, and hang up at its end."""
    caller = Caller(url=url, api_key=key, api_secret=os.environ[SECRET], room=room, agent=agent, metadata=metadata)
    async with caller:
        lines = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
        while line := (await lines.readline()).decode().strip():
            await caller.say(line)


if __name__ == "__main__":
    asyncio.run(_run(*sys.argv[1:]))
