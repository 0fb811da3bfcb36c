"""A proxy in front of a LiveKit server: forwards all requests, except for chosen failures for some rooms."""

import asyncio
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

__all__ = ["Gateway", "running_gateway"]

ERRORS = {
    "500": b'HTTP/1.1 500 Internal Server Error\r\n%s{"code":"internal","msg":"out of order"}',
    "429": b'HTTP/1.1 429 Too Many Requests\r\n%s{"code":"resource_exhausted","msg":"slow down"}',
    "html": b"HTTP/1.1 502 Bad Gateway\r\n%s<html>",
}
HEADERS = b"Content-Type: application/json\r\nConnection: close\r\n\r\n"


class Gateway:
    """`troubles` has the failures of the next requests per room. For rooms in `ever`, the first failure repeats."""

    def __init__(self, server: str) -> None:
        address = urlsplit(server)
        self._host, self._port = address.hostname or "", address.port or 0
        self.url = ""
        self.troubles: dict[str, list[str]] = {}
        self.ever: set[str] = set()
        self._asked: list[tuple[str, bytes]] = []
        self._open: set[asyncio.StreamWriter] = set()

    def breaks(self, room: str, troubles: Sequence[str], *, ever: bool = False) -> None:
        self.troubles[room] = list(troubles)
        if ever:
            self.ever.add(room)

    def mends(self, room: str) -> None:
        self.ever.discard(room)
        self.troubles[room] = []

    def asked(self, method: str, room: str) -> int:
        """The number of received requests with this method about this room."""
        return sum(one == method and room.encode() in body for one, body in list(self._asked))

    def hang_up(self) -> None:
        """Cut every connection."""
        for writer in self._open:
            writer.transport.abort()

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            with suppress(OSError, EOFError):
                head = await reader.readuntil(b"\r\n\r\n")
                called = re.match(rb"POST /twirp/livekit\.(\w+)/(\w+) ", head)
                await (
                    self._answer(called[2].decode(), head, reader, writer)
                    if called
                    else self._forward(head, reader, writer)
                )
        finally:
            self._open.discard(writer)
            writer.close()

    async def _answer(
        self, method: str, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
        body = await reader.readexactly(int(length[1]) if length else 0)
        self._asked.append((method, body))
        match self._trouble(method, body):
            case "":
                head = re.sub(rb"\r\nconnection:[^\r]*", b"", head, flags=re.IGNORECASE)
                await self._forward(head[:-2] + b"Connection: close\r\n\r\n" + body, reader, writer)
            case "hang":
                await reader.read()  # until the client gives up
            case "refuse":
                writer.transport.abort()
            case error:
                writer.write(ERRORS[error] % HEADERS)
                await writer.drain()

    def _trouble(self, method: str, body: bytes) -> str:
        room = next((one for one in self.troubles if one.encode() in body), "")
        waiting = self.troubles.get(room, [])
        if not waiting or (method != "DeleteRoom" and room not in self.ever):
            return ""
        return waiting[0] if room in self.ever else waiting.pop(0)

    async def _forward(self, first: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_connection(self._host, self._port)
        self._open.add(to_server)
        to_server.write(first)
        await asyncio.gather(_pump(reader, to_server), _pump(from_server, writer))
        self._open.discard(to_server)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


@contextmanager
def running_gateway(server: str) -> Iterator[Gateway]:
    """Run a gateway in a separate thread while the block lasts."""
    gateway, loop = Gateway(server), asyncio.new_event_loop()

    async def begin() -> asyncio.Server:
        return await asyncio.start_server(gateway.take, "127.0.0.1", 0)

    thread = threading.Thread(target=loop.run_forever, name="gateway", daemon=True)
    thread.start()
    listening = asyncio.run_coroutine_threadsafe(begin(), loop).result(5)
    gateway.url = f"ws://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    try:
        yield gateway
    finally:
        asyncio.run_coroutine_threadsafe(_end(gateway, listening), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


async def _end(gateway: Gateway, listening: asyncio.Server) -> None:
    listening.close()
    gateway.hang_up()
    rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    if rest:
        await asyncio.wait(rest, timeout=3)
