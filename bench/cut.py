"""A relay between a worker and the server. The relay can interrupt and restore the connection."""

import asyncio
import re
from contextlib import suppress
from typing import Self
from urllib.parse import urlsplit

__all__ = ["Cut"]

_CHUNK = 65536


class Cut:
    """Forwards TCP to the server. After `cut`, the relay forwards no data and keeps every connection open, as if the
    network had no route to the server.
    """

    def __init__(self, server: str) -> None:
        target = urlsplit(server)
        self._host, self._port = target.hostname or "", target.port or 80
        self._passing = asyncio.Event()
        self._passing.set()
        self._stale: set[asyncio.Task[None]] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.url = ""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.url = f"ws://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """Stop forwarding. The connections stay open."""
        self._passing.clear()
        self._stale = set(self._tasks)

    def mend(self) -> None:
        """Forward new connections. Close the old connections, because they have lost data."""
        for task in self._stale:
            task.cancel()
        self._passing.set()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._forward(reader, writer), name="cut")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._passing.wait()
        there: asyncio.StreamWriter | None = None
        try:
            with suppress(OSError):
                back, there = await asyncio.open_connection(self._host, self._port)
                both = self._pump(reader, there, named=True), self._pump(back, writer)
                tasks = [asyncio.create_task(one, name="cut pump") for one in both]
                try:
                    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    for task in tasks:
                        task.cancel()
                    await asyncio.gather(*tasks, return_exceptions=True)
        finally:
            for side in (writer, there):
                if side is not None:
                    side.close()

    async def _pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, *, named: bool = False) -> None:
        """Forward until one side closes. With `named`, the data starts with an HTTP request, and the relay
        replaces the `Host` header of this request.
        """
        while data := await source.read(_CHUNK):
            if named:
                data = re.sub(rb"(?im)^host:[^\r]*", f"Host: {self._host}:{self._port}".encode(), data, count=1)
                named = False
            await self._passing.wait()
            target.write(data)
            await target.drain()
