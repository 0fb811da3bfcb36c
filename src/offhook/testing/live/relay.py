"""A relay between a caller and the server: forwards the signalling until a test cuts the connection."""

import asyncio
import re
from contextlib import suppress
from urllib.parse import urlsplit

__all__ = ["CuttableRelay"]

_CHUNK = 65536
_HEAD = 1 << 20
"""Maximum bytes of a request head, which has the token.

The limit is high because a token can carry 64 KiB of metadata, and tests send more than the server allows.
"""
_PORTS = {"ws": 80, "http": 80, "wss": 443, "https": 443}


class CuttableRelay:
    """A relay on this machine. After `cut`, the relay forwards nothing, not even the caller's leave message.

    The connections to the server stay open and silent, as when a phone loses its network.
    """

    def __init__(self, server: str) -> None:
        target = urlsplit(server)
        self._host = target.hostname or ""
        self._tls = target.scheme in ("wss", "https")
        self._port = target.port or _PORTS.get(target.scheme, 80)
        self._host_header = target.netloc.rpartition("@")[2]
        self._path = target.path
        self.port = 0
        self._cut = False
        self._connections: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def open(self) -> str:
        """Start the relay; returns the URL that the caller must use instead of the server's URL."""
        self._server = await asyncio.start_server(self._on_connection, "127.0.0.1", 0, limit=_HEAD)
        self.port = self._server.sockets[0].getsockname()[1]
        return f"ws://127.0.0.1:{self.port}{self._path}"

    def cut(self) -> None:
        """Stop forwarding in both directions."""
        self._cut = True

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _on_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._forward(reader, writer), name="relay")
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Forward one connection. If the server is down or closes its side, close the caller's side too."""
        to_server: asyncio.StreamWriter | None = None
        try:
            with suppress(OSError, EOFError, asyncio.LimitOverrunError):
                head = await reader.readuntil(b"\r\n\r\n")
                if self._cut:
                    return
                from_server, to_server = await asyncio.open_connection(self._host, self._port, ssl=self._tls or None)
                to_server.write(re.sub(rb"(?im)^host:[^\r]*", f"Host: {self._host_header}".encode(), head, count=1))
                await self._both_ways(reader, to_server, from_server, writer)
        finally:
            for side in (writer, to_server):
                if side is not None:
                    side.close()

    async def _both_ways(
        self,
        reader: asyncio.StreamReader,
        to_server: asyncio.StreamWriter,
        from_server: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        up = asyncio.create_task(self._pump(reader, to_server), name="relay up")
        down = asyncio.create_task(self._pump(from_server, writer), name="relay down")
        try:
            await asyncio.wait((up, down), return_when=asyncio.FIRST_COMPLETED)
            if self._cut:
                writer.close()  # so that the caller's SDK does not wait for an answer to its leave message
                await asyncio.Event().wait()
        finally:
            for task in (up, down):
                task.cancel()
            await asyncio.gather(up, down, return_exceptions=True)

    async def _pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        """Forward until either side closes or `cut` is called."""
        while (data := await source.read(_CHUNK)) and not self._cut:
            target.write(data)
            await target.drain()
