"""The relay of a scripted caller: passes on as it is, until it is cut; then not even a goodbye gets through."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from offhook.testing.live.relay import CuttableRelay

Pair = tuple[asyncio.StreamReader, asyncio.StreamWriter]
HEAD = b"GET /rtc HTTP/1.1\r\nHost: 127.0.0.1:1\r\nUpgrade: websocket\r\n\r\n"


@asynccontextmanager
async def joined() -> AsyncIterator[tuple[CuttableRelay, Pair, Pair, int]]:
    """A caller's connection through a mast, the server's end of it, and the server's port."""
    arrived: asyncio.Queue[Pair] = asyncio.Queue()
    server = await asyncio.start_server(lambda reader, writer: arrived.put_nowait((reader, writer)), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    mast = CuttableRelay(f"ws://127.0.0.1:{port}")
    through = await mast.open()
    caller = await asyncio.open_connection("127.0.0.1", int(through.rpartition(":")[2]))
    caller[1].write(HEAD)
    far = await arrived.get()
    try:
        async with asyncio.timeout(10):
            yield mast, caller, far, port
    finally:
        await mast.close()
        caller[1].close()
        far[1].close()
        server.close()


async def test_the_server_is_asked_by_its_own_name_and_both_ways_are_open() -> None:
    async with joined() as (_, caller, far, port):
        head = await far[0].readuntil(b"\r\n\r\n")
        assert head == HEAD.replace(b"127.0.0.1:1\r", f"127.0.0.1:{port}\r".encode())
        far[1].write(b"welcome")
        assert await caller[0].readexactly(7) == b"welcome"
        caller[1].write(b"hello")
        assert await far[0].readexactly(5) == b"hello"


async def test_after_the_cut_nothing_gets_through_and_the_server_sees_an_open_line() -> None:
    async with joined() as (mast, caller, far, _):
        await far[0].readuntil(b"\r\n\r\n")
        mast.cut()
        caller[1].write(b"goodbye")
        assert await caller[0].read() == b""
        waiting = asyncio.create_task(far[0].read(1))
        await asyncio.sleep(0)
        assert not waiting.done()
        await mast.close()
        assert await waiting == b""


async def test_nobody_joins_through_a_mast_that_was_cut() -> None:
    async with joined() as (mast, _, _, _):
        mast.cut()
        again, writer = await asyncio.open_connection("127.0.0.1", mast.port)
        writer.write(HEAD)
        assert await again.read() == b""
        writer.close()


@pytest.mark.parametrize("end", ["the server hangs up", "the caller hangs up"])
async def test_the_end_of_one_side_is_the_end_of_the_other(end: str) -> None:
    async with joined() as (_, caller, far, _):
        await far[0].readuntil(b"\r\n\r\n")
        ending, other = (far, caller) if end == "the server hangs up" else (caller, far)
        ending[1].write(b"bye")
        ending[1].close()
        assert await other[0].read() == b"bye"
