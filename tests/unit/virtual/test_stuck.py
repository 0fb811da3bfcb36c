"""A virtual run without progress ends in an error with the reason and the waiting tasks."""

import asyncio
import contextlib
import gc
import threading
import time
from collections.abc import Iterator

import pytest

from offhook.testing.virtual import StuckError, run

pytestmark = pytest.mark.slow

HERE = r"(.|\n)*the guest at .*test_stuck\.py"


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """Destroy the coroutines that could not be cancelled: CPython 3.11 fails if that happens during an `ast.parse`."""
    yield
    gc.collect()


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """An event that is set only after the test, so that no thread stays blocked."""
    made = threading.Event()
    yield made
    made.set()


async def guest() -> None:
    await asyncio.Event().wait()


@pytest.mark.slow
def test_who_waits_while_a_timer_goes_off_for_ever_is_told() -> None:
    async def main() -> None:
        waiting = asyncio.create_task(guest(), name="the guest")
        while not waiting.done():  # noqa: ASYNC110  # the tested mistake
            await asyncio.sleep(0.01)

    with pytest.raises(StuckError, match=f"run for 900 s and 10000[01] timers.*longest={HERE}"):
        run(main(), longest=900)


def test_a_long_time_may_pass_in_a_few_jumps() -> None:
    async def main() -> None:
        for _ in range(1000):
            await asyncio.sleep(3600)

    run(main(), longest=60)


def test_who_asks_again_and_again_without_waiting_is_told() -> None:
    async def asks() -> None:
        while True:  # noqa: ASYNC110  # the tested mistake
            await asyncio.sleep(0)

    async def main() -> None:
        await asyncio.create_task(asks(), name="the guest")

    with pytest.raises(StuckError, match=f"run for 0.2 s of real time without a wait{HERE}"):
        run(main(), patience=0.2)


def test_callbacks_that_set_each_other_off_are_told() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()

        def again() -> None:
            loop.call_soon(again)

        again()
        await asyncio.create_task(guest(), name="the guest")

    with pytest.raises(StuckError, match=f"without a wait{HERE}"):
        run(main(), patience=0.2)


def test_time_that_moves_by_next_to_nothing_counts_as_standing_still() -> None:
    async def main() -> None:
        while True:  # noqa: ASYNC110  # the tested mistake
            await asyncio.sleep(1e-12)

    with pytest.raises(StuckError, match="without a wait"):
        run(main(), patience=0.2)


def test_sockets_that_answer_each_other_for_ever_are_told() -> None:
    async def main() -> None:
        async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while data := await reader.read(8):
                writer.write(data)

        async with await asyncio.start_server(echo, "127.0.0.1", 0) as server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(b"hi")
            with contextlib.closing(writer):
                await echo(reader, writer)

    with pytest.raises(StuckError, match="without a wait"):
        run(main(), patience=0.2)


def test_who_holds_the_loop_up_for_a_moment_that_never_comes_is_told() -> None:
    async def main() -> None:
        until = time.monotonic() + 3600
        while time.monotonic() < until:
            threading.Event().wait(0.0001)

    with pytest.raises(StuckError, match="without a wait"):
        run(main(), patience=0.2)


def test_who_holds_the_loop_up_is_told_also_when_a_task_has_caught_that() -> None:
    async def holds() -> str:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(Exception):
            while loop.time() < 2000:
                pass
        return "all is well"

    with pytest.raises(StuckError, match=r"without a wait(.|\n)*Task-\d+ at .*test_stuck\.py:\d+ in holds, running"):
        run(holds(), patience=0.2)


def test_a_job_that_never_ends_holds_up_neither_the_run_nor_its_end(gate: threading.Event) -> None:
    async def main() -> None:
        async def work() -> None:
            await asyncio.to_thread(gate.wait)

        await asyncio.create_task(work(), name="the guest")

    began = time.monotonic()
    with pytest.raises(StuckError, match=f"not ended within 0.2 s{HERE}"):
        run(main(), patience=0.2)
    assert time.monotonic() - began < 5
    assert [thread.daemon for thread in threading.enumerate() if thread.name == "virtual worker"] == [True]


def test_what_refuses_to_be_cancelled_is_told_with_the_first_error() -> None:
    async def main() -> None:
        while True:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(0)

    with pytest.raises(StuckError, match="without a wait") as told:
        run(main(), patience=0.2)
    assert told.value.__notes__[0].startswith("the run did not end after its cancellation either: callbacks have")


def test_what_a_stubborn_coroutine_has_patched_is_put_back_at_once() -> None:
    patched = [False]

    @contextlib.contextmanager
    def patch() -> Iterator[None]:
        patched[0] = True
        try:
            yield
        finally:
            patched[0] = False

    async def main() -> None:
        with patch():
            while True:
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.sleep(0)

    with pytest.raises(StuckError):
        run(main(), patience=0.2)
    assert patched == [False]


def test_a_job_that_nobody_waits_for_any_more_is_over_when_the_run_is(gate: threading.Event) -> None:
    done: list[bool] = []

    def work() -> None:
        gate.wait(0.1)
        done.append(True)

    async def main() -> None:
        asyncio.get_running_loop().run_in_executor(None, work)

    run(main())
    assert done == [True]
