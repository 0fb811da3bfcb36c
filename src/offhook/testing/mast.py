"""The mast between a caller and the server: passes the signalling on, until the caller loses coverage."""

import asyncio
import re
from contextlib import suppress
from urllib.parse import urlsplit

__all__ = ["Mast"]

_CHUNK = 65536
_HEAD = 1 << 20
"""Bytes that a request may have before its end: a token can carry 64 KiB of metadata, and more that is refused."""
_PORTS = {"ws": 80, "http": 80, "wss": 443, "https": 443}


class Mast:
    """A relay on this machine. `cut` swallows everything, so that not even a goodbye gets out.

    The server's side of each connection stays open and silent, as it does when a phone drives into a tunnel.
    """

    def __init__(self, server: str) -> None:
        there = urlsplit(server)
        self._host = there.hostname or ""
        self._tls = there.scheme in ("wss", "https")
        self._port = there.port or _PORTS.get(there.scheme, 80)
        self._name = there.netloc.rpartition("@")[2]
        self._path = there.path
        self.port = 0
        self._cut = False
        self._passing: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def open(self) -> str:
        """Start passing on; returns the URL that stands for the server's."""
        self._server = await asyncio.start_server(self._arrived, "127.0.0.1", 0, limit=_HEAD)
        self.port = self._server.sockets[0].getsockname()[1]
        return f"ws://127.0.0.1:{self.port}{self._path}"

    def cut(self) -> None:
        """From now on nothing gets through, either way."""
        self._cut = True

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._passing:
            task.cancel()
        await asyncio.gather(*self._passing, return_exceptions=True)

    def _arrived(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._pass(reader, writer), name="mast")
        self._passing.add(task)
        task.add_done_callback(self._passing.discard)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection; a server that is not there, or goes, looks to the caller as it would without us."""
        far: asyncio.StreamWriter | None = None
        try:
            with suppress(OSError, EOFError, asyncio.LimitOverrunError):
                head = await reader.readuntil(b"\r\n\r\n")
                if self._cut:
                    return
                answers, far = await asyncio.open_connection(self._host, self._port, ssl=self._tls or None)
                far.write(re.sub(rb"(?im)^host:[^\r]*", f"Host: {self._name}".encode(), head, count=1))
                await self._both_ways(reader, far, answers, writer)
        finally:
            for side in (writer, far):
                if side is not None:
                    side.close()

    async def _both_ways(
        self,
        reader: asyncio.StreamReader,
        far: asyncio.StreamWriter,
        answers: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        asking = asyncio.create_task(self._pump(reader, far), name="mast up")
        answering = asyncio.create_task(self._pump(answers, writer), name="mast down")
        try:
            await asyncio.wait((asking, answering), return_when=asyncio.FIRST_COMPLETED)
            if self._cut:
                writer.close()  # whoever waits for an answer to its goodbye need not wait for ever
                await asyncio.Event().wait()
        finally:
            for task in (asking, answering):
                task.cancel()
            await asyncio.gather(asking, answering, return_exceptions=True)

    async def _pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        """Pass on until either side is gone, or there is no coverage any more."""
        while (data := await source.read(_CHUNK)) and not self._cut:
            target.write(data)
            await target.drain()
