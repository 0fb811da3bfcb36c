"""Runs coroutines in virtual time."""

import asyncio
import logging
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from inspect import CORO_CLOSED, getcoroutinestate
from typing import Any, TypeVar

from offhook.core.errors import OffhookError
from offhook.testing.virtual.clocks import virtual_clocks
from offhook.testing.virtual.gc_pause import gc_paused
from offhook.testing.virtual.loop import VirtualLoop
from offhook.testing.virtual.watchdog import LONGEST, PATIENCE, StuckError

__all__ = ["VirtualRunner", "run", "virtual_runner"]

T = TypeVar("T")

_CIRCLE = (
    "tasks wait for each other in a circle, so none of them can end: for example, `await session.aclose()` in a tool "
    "waits for that tool; call `session.shutdown()` there"
)


class VirtualRunner:
    """Runs coroutines one after another on one virtual loop; clocks are virtual only during a run."""

    def __init__(self, loop: VirtualLoop, *, starts_at: float | None) -> None:
        self._loop = loop
        self._runner = asyncio.Runner(loop_factory=lambda: loop)
        self._starts_at = starts_at
        self._main: Coroutine[Any, Any, Any] | None = None

    def run(self, main: Coroutine[Any, Any, T]) -> T:
        self._main = main
        with virtual_clocks(starts_at=self._starts_at):
            return self._runner.run(main)

    def close(self) -> None:
        try:
            with virtual_clocks(starts_at=self._starts_at), _quiet() if self._loop.watchdog.stuck else nullcontext():
                self._runner.close()
        except RecursionError:
            self._loop.set_exception_handler(lambda *_: None)  # otherwise asyncio logs an error per task
            raise StuckError(f"{_CIRCLE}; waiting tasks:\n{self._loop.pending()}") from None
        finally:
            self._loop.close()  # the runner does not close a loop that has never run
            if self._main is not None and getcoroutinestate(self._main) != CORO_CLOSED:
                with suppress(RuntimeError):  # `close` raises this if the coroutine refuses to end
                    self._main.close()  # so that the coroutine undoes its patches now, not at a garbage collection


@contextmanager
def _quiet() -> Iterator[None]:
    """Turn logging off, because tasks that end after an aborted run would only report that they were cancelled."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


@contextmanager
def virtual_runner(
    *,
    starts_at: float | None = None,
    patience: float = PATIENCE,
    longest: float = LONGEST,
    grace: float = 0.005,
    inline: Sequence[str] = (),
) -> Iterator[VirtualRunner]:
    """Yield a runner, and close the runner at the end of the block. The parameters are those of `run`."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        pass
    else:
        raise OffhookError("virtual time cannot start inside a running loop; call it from a plain function, not async")
    with gc_paused():
        loop = VirtualLoop(patience=patience, longest=longest, grace=grace, inline=inline)
        runner = VirtualRunner(loop, starts_at=starts_at)
        try:
            yield runner
        except BaseException as error:
            try:
                runner.close()
            except StuckError as second:
                text = str(second).splitlines()[0] if isinstance(error, StuckError) else str(second)
                error.add_note(f"the run did not end after its cancellation either: {text}")
            raise
        runner.close()


def run(
    main: Coroutine[Any, Any, T],
    *,
    starts_at: float | None = None,
    patience: float = PATIENCE,
    longest: float = LONGEST,
    grace: float = 0.005,
    inline: Sequence[str] = (),
) -> T:
    """Run `main` on a new virtual loop with virtual clocks, and undo every patch at the end.

    Args:
        main: the coroutine to run.
        starts_at: the Unix time at the start of the run; by default, the real time.
        patience: the maximum real seconds that work in threads or callbacks may take while the clock stands still.
        longest: the maximum virtual seconds of a run; there is no limit until the clock has moved 100,000 times.
        grace: the real seconds to wait for data before each jump of the clock, if a socket is connected to a peer
            outside of the loop.
        inline: modules (or prefixes of their names) whose executor jobs only compute and may run on the loop's thread.

    """
    try:
        with virtual_runner(
            starts_at=starts_at, patience=patience, longest=longest, grace=grace, inline=inline
        ) as runner:
            return runner.run(main)
    finally:
        main.close()  # if a loop was already running, `main` was never started
