"""Deadlines are met even if sleeps wake up late, and do not delay facts that are posted earlier."""

import asyncio
import math
import selectors
from collections.abc import Coroutine
from typing import Any

import pytest

from offhook.engine.inbox import EARLY, next_item
from offhook.testing.virtual import VirtualLoop

LOOK = 1e-5


class LateLoop(asyncio.SelectorEventLoop):
    """Clock of a busy machine: each reading takes a moment, each sleep whole milliseconds and nearly one more."""

    def __init__(self) -> None:
        self.at = 100.0
        super().__init__(_Oversleeper(self))

    def time(self) -> float:
        self.at += LOOK
        return self.at


class _Oversleeper(selectors.SelectSelector):
    def __init__(self, loop: LateLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout:
            self._loop.at += math.ceil(timeout * 1000) / 1000 + 0.0009
        return super().select(0)


def run(work: Coroutine[Any, Any, Any], loop: type[asyncio.AbstractEventLoop] = LateLoop) -> Any:
    with asyncio.Runner(loop_factory=loop) as runner:
        return runner.run(work)


async def waits(seconds: float, *, posted_after: float | None = None) -> tuple[str | None, float]:
    """The item that came, and the seconds until it came."""
    loop, inbox = asyncio.get_running_loop(), asyncio.Queue[str]()
    if posted_after is not None:
        loop.call_later(posted_after, inbox.put_nowait, "a fact")
    asked = loop.time()
    came = await next_item(inbox, until=asked + seconds)
    return came, loop.time() - asked


@pytest.mark.parametrize("seconds", [0.001, EARLY, 0.0053, 1.5, 8.0004])
def test_a_moment_is_met_although_each_sleep_takes_too_long(seconds: float) -> None:
    came, after = run(waits(seconds))
    assert came is None
    assert after == pytest.approx(seconds, abs=10 * LOOK)
    assert after >= seconds


def test_a_moment_that_has_passed_is_not_waited_for() -> None:
    came, after = run(waits(-1.0))
    assert came is None
    assert after < 10 * LOOK


def test_what_is_posted_before_comes_at_once() -> None:
    came, after = run(waits(8.0, posted_after=0.5))
    assert came == "a fact"
    assert after < 0.51


def test_what_is_posted_just_before_the_moment_comes_before_it() -> None:
    came, after = run(waits(1.0, posted_after=0.9975))
    assert came == "a fact"
    assert after < 1.0


def test_what_waits_already_comes_before_a_moment_that_has_passed() -> None:
    async def work() -> str | None:
        inbox = asyncio.Queue[str]()
        inbox.put_nowait("a fact")
        return await next_item(inbox, until=asyncio.get_running_loop().time() - 1)

    assert run(work()) == "a fact"


def test_without_a_moment_what_is_posted_is_waited_for() -> None:
    async def work() -> str | None:
        inbox = asyncio.Queue[str]()
        asyncio.get_running_loop().call_later(60, inbox.put_nowait, "a fact")
        return await next_item(inbox, until=None)

    assert run(work()) == "a fact"


def test_a_clock_that_stands_still_while_nobody_sleeps_is_slept_by() -> None:
    assert run(waits(8.0), VirtualLoop) == (None, pytest.approx(8.0))
