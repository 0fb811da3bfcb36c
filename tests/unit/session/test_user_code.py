"""User code is limited in time, and its own cancellation does not cancel offhook."""

import asyncio
import contextlib
import contextvars
import gc
import logging
import threading
from typing import Any

import pytest

from offhook.core.errors import OffhookError
from offhook.engine.user_code import OverBudgetError, StoppedItselfError, call

WHO = contextvars.ContextVar("who", default="nobody")


async def leaks(*_: object) -> None:
    """User code that awaits a task which is cancelled elsewhere."""
    task = asyncio.create_task(asyncio.sleep(9))
    task.cancel()
    await task


async def swallows(*_: object) -> None:
    """User code that swallows the cancellation, like a bare `except` around a retry."""
    while True:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(1)


def left() -> list[str]:
    return [task.get_name() for task in asyncio.all_tasks() if task.get_name().startswith("offhook")]


async def test_it_gets_what_it_is_given_and_gives_what_it_returns() -> None:
    async def add(one: int, two: int) -> int:
        return one + two

    assert await call(add, 1, 2, name="add", within=1) == 3
    assert await call(lambda one, two: one + two, 1, 2, name="add", within=1) == 3
    assert await call(lambda one, two: add(two, one), 1, 2, name="add", within=None) == 3


async def test_a_cancellation_that_leaks_out_of_it_is_its_failure() -> None:
    with pytest.raises(StoppedItselfError, match=r"catch asyncio\.CancelledError"):
        await call(leaks, name="leaks", within=5)
    assert asyncio.current_task().cancelling() == 0  # type: ignore[union-attr]  # there is one


@pytest.mark.parametrize("sync", [True, False])
async def test_a_program_is_not_ended_from_inside_a_call(sync: bool) -> None:
    def leave() -> None:
        raise SystemExit(1)

    async def leave_later() -> None:
        leave()

    with pytest.raises(StoppedItselfError, match=r"SystemExit\(1\); to end the call, use ongoing.end\(\)"):
        await call(leave if sync else leave_later, name="leave", within=5)


async def test_one_that_does_not_let_itself_be_cancelled_is_abandoned_and_ended() -> None:
    with pytest.raises(OverBudgetError, match="it took longer than 5 s"):
        await call(swallows, name="swallows", within=5)
    assert left() == ["offhook swallows"]
    await asyncio.sleep(3)
    assert left() == []


async def test_one_that_is_abandoned_may_clean_up_for_a_second() -> None:
    cleaned: list[float] = []
    clock = asyncio.get_running_loop().time
    began = clock()

    async def tidy() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.5)
            cleaned.append(clock() - began)

    with pytest.raises(OverBudgetError):
        await call(tidy, name="tidy", within=5)
    assert clock() - began == 5  # nobody waits for it
    await asyncio.sleep(2)
    assert cleaned == [5.5]


async def test_one_that_cannot_even_be_closed_is_told(caplog: pytest.LogCaptureFixture) -> None:
    release = asyncio.Event()

    async def refuses() -> None:
        while not release.is_set():
            with contextlib.suppress(BaseException):
                await asyncio.sleep(1)

    with pytest.raises(OverBudgetError):
        await call(refuses, name="refuses", within=5)
    await asyncio.sleep(3)
    release.set()
    await asyncio.sleep(3)
    assert [one.message for one in caplog.records] == ["abandoned code cannot be stopped"]
    assert left() == []


async def test_what_abandoned_code_raises_late_is_not_lost_and_disturbs_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def raises() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise LookupError("late")

    with caplog.at_level(logging.DEBUG, "offhook"):
        with pytest.raises(OverBudgetError):
            await call(raises, name="raises", within=5)
        await asyncio.sleep(2)
        gc.collect()
    assert [one.message for one in caplog.records] == ["abandoned code raised"]


async def test_our_own_cancellation_goes_through_at_once() -> None:
    calling = asyncio.create_task(call(swallows, name="swallows", within=None))
    await asyncio.sleep(1)
    before = asyncio.get_running_loop().time()
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling
    assert asyncio.get_running_loop().time() == before


async def test_a_sync_function_runs_in_a_thread_with_our_context() -> None:
    WHO.set("anna")
    seen = await call(lambda: (WHO.get(), threading.current_thread().name), name="look", within=5)
    assert seen == ("anna", "offhook look")


@pytest.mark.parametrize("needs_loop", [asyncio.Future, lambda: asyncio.create_task(leaks())])
async def test_a_sync_function_that_needs_the_loop_is_told_to_be_async(needs_loop: Any) -> None:
    with pytest.raises(OffhookError, match="use `async def` to act on the session"):
        await call(needs_loop, name="act", within=5)


async def test_a_timeout_of_its_own_is_not_taken_for_its_budget() -> None:
    async def times_out() -> None:
        raise TimeoutError("the database")

    with pytest.raises(TimeoutError, match="the database"):
        await call(times_out, name="times out", within=5)


async def test_a_stop_iteration_does_not_hang_who_waits() -> None:
    with pytest.raises(RuntimeError, match="StopIteration"):
        await call(lambda: next(iter(())), name="next", within=5)
