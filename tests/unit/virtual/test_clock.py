"""The virtual clock jumps over waits, stands still during work, and leaves no patch behind."""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Coroutine
from typing import Any

import pytest

from offhook.core.errors import OffhookError
from offhook.testing.virtual import StuckError, run

pytestmark = pytest.mark.slow

CLOCKS = ("time", "monotonic", "perf_counter", "time_ns", "monotonic_ns", "perf_counter_ns")


def took(main: Coroutine[Any, Any, float], **options: Any) -> tuple[float, float]:
    """The result of the run, and the real seconds that it took."""
    began = time.perf_counter()
    return run(main, **options), time.perf_counter() - began


def test_a_year_passes_at_once() -> None:
    async def main() -> float:
        began = time.monotonic()
        await asyncio.sleep(365 * 86_400)
        return time.monotonic() - began

    seconds, real = took(main())
    assert round(seconds, 3) == 365 * 86_400
    assert real < 60


@pytest.mark.parametrize("name", CLOCKS)
def test_every_clock_shows_the_same_time(name: str) -> None:
    async def main() -> float:
        before = getattr(time, name)()
        await asyncio.sleep(10)
        return getattr(time, name)() - before

    scale = 1e9 if name.endswith("_ns") else 1
    assert round(run(main()) / scale, 3) == 10


def test_a_job_in_a_thread_costs_no_time() -> None:
    async def main() -> float:
        began = time.monotonic()
        await asyncio.wait_for(asyncio.to_thread(_works), timeout=0.001)
        return time.monotonic() - began

    assert run(main()) < 1e-3


def test_a_thread_that_a_callback_starts_costs_no_time() -> None:
    async def main() -> float:
        loop, done = asyncio.get_running_loop(), asyncio.Event()

        def work() -> None:
            _works()
            loop.call_soon_threadsafe(done.set)

        began = loop.time()
        threading.Thread(target=work, daemon=True).start()
        await asyncio.wait_for(done.wait(), timeout=0.001)
        return loop.time() - began

    assert run(main()) == 0


def test_what_a_thread_does_at_its_very_end_costs_no_time() -> None:
    class Last(threading.Thread):
        """Does its work when `is_alive` is called."""

        asked = threading.Event()

        def is_alive(self) -> bool:
            self.asked.set()
            self.join()
            return False

    async def main() -> float:
        loop, done = asyncio.get_running_loop(), asyncio.Event()

        def work() -> None:
            Last.asked.wait(30)
            loop.call_soon_threadsafe(done.set)

        began = loop.time()
        Last(target=work).start()
        await asyncio.wait_for(done.wait(), timeout=1)
        return loop.time() - began

    assert run(main()) == 0


def _works() -> None:
    threading.Event().wait(0.05)  # real time, like the work of a model


def test_other_threads_see_the_real_clock() -> None:
    async def main() -> float:
        await asyncio.sleep(1_000_000)
        return await asyncio.to_thread(time.time)

    assert abs(run(main()) - time.time()) < 60


def test_sockets_of_one_loop_talk_without_time_passing() -> None:
    async def main() -> float:
        async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(await reader.readexactly(2))
            await writer.drain()
            writer.close()

        loop = asyncio.get_running_loop()
        began = loop.time()
        async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(b"hi")
            assert await asyncio.wait_for(reader.read(), timeout=0.001) == b"hi"
            writer.close()
        return loop.time() - began

    assert run(main()) == 0


def test_a_peer_outside_of_the_loop_gets_its_real_time() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    ours.close(), theirs.close()
    listener = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        with listener.accept()[0] as peer:
            peer.sendall(peer.recv(2))

    async def main() -> bytes:
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        writer.write(b"hi")
        with contextlib.closing(writer):
            return await asyncio.wait_for(reader.read(2), timeout=1)

    peer = threading.Thread(target=answer, daemon=True)
    peer.start()
    assert run(main(), grace=5.0) == b"hi"
    peer.join(5)
    listener.close()


def test_a_connection_within_the_loop_that_nobody_reads_from_is_not_waited_for() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        async with await asyncio.start_server(lambda _, writer: writer.write(b"hi"), "127.0.0.1", 0) as server:
            transport, _ = await loop.create_connection(asyncio.Protocol, *server.sockets[0].getsockname())
            transport.pause_reading()  # as HTTP clients do with pooled connections
            for _ in range(50):
                await asyncio.sleep(1)
            transport.close()

    _, real = took(main(), grace=1.0)
    assert real < 30  # not 50 times the grace


def test_timers_of_the_same_moment_run_in_the_order_they_were_set() -> None:
    async def main() -> list[int]:
        loop, order = asyncio.get_running_loop(), list[int]()
        for number in range(200):
            loop.call_at(loop.time() + 1, order.append, number)
        await asyncio.sleep(2)
        return order

    assert run(main()) == list(range(200))


def test_what_is_written_down_in_order_stays_in_order() -> None:
    async def main() -> list[float]:
        return [time.time() for _ in range(100)]

    stamps = run(main())
    assert stamps == sorted(set(stamps))


def test_a_run_may_start_at_any_time() -> None:
    async def main() -> float:
        return time.time()

    assert round(run(main(), starts_at=86_400.0), 3) == 86_400
    assert abs(run(main()) - time.time()) < 60


def test_who_waits_for_ever_is_told_what_for() -> None:
    async def nobody_comes() -> None:
        await asyncio.Event().wait()

    async def main() -> None:
        await asyncio.create_task(nobody_comes(), name="the guest")

    with pytest.raises(StuckError, match=r"every task waits and no timer is set(.|\n)*the guest at .*test_clock\.py"):
        run(main())


def test_work_that_never_ends_is_told() -> None:
    gate = threading.Event()

    async def main() -> None:
        await asyncio.get_running_loop().run_in_executor(None, gate.wait, 30)

    threading.Timer(1.5, gate.set).start()
    with pytest.raises(StuckError, match=r"not ended within 0\.2 s"):
        run(main(), patience=0.2)


def test_an_error_in_a_job_reaches_its_caller_inline_as_well() -> None:
    async def main() -> None:
        await asyncio.to_thread(int, "x")

    with pytest.raises(ValueError, match="invalid literal"):
        run(main())
    with pytest.raises(ValueError, match="invalid literal"):
        run(main(), inline=("functools", "builtins"))


async def test_it_cannot_start_inside_a_loop() -> None:
    with pytest.raises(OffhookError, match="plain function"):
        run(asyncio.sleep(1))
