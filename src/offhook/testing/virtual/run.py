"""Runs coroutines in virtual time, from start to end."""

import asyncio
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from inspect import CORO_CLOSED, getcoroutinestate
from typing import Any, TypeVar

from offhook.core.errors import OffhookError
from offhook.testing.virtual.clocks import virtual_clocks
from offhook.testing.virtual.guard import LONGEST, PATIENCE, StuckError
from offhook.testing.virtual.loop import VirtualLoop
from offhook.testing.virtual.memory import rested

__all__ = ["Stage", "run", "stage"]

T = TypeVar("T")


class Stage:
    """A virtual loop on which one coroutine after another is run; clocks are virtual only while one runs."""

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
            with virtual_clocks(starts_at=self._starts_at):
                self._runner.close()
        finally:
            self._loop.close()  # the runner knows no loop that has run nothing
            if self._main is not None and getcoroutinestate(self._main) != CORO_CLOSED:
                with suppress(RuntimeError):  # it would not be cancelled, and will not be closed
                    self._main.close()  # what it has patched is put back now, not when memory is swept


@contextmanager
def stage(
    *,
    starts_at: float | None = None,
    patience: float = PATIENCE,
    longest: float = LONGEST,
    grace: float = 0.005,
    inline: Sequence[str] = (),
) -> Iterator[Stage]:
    """A stage, closed at the end; the options are those of `run`."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        pass
    else:
        raise OffhookError("virtual time cannot start inside a running loop; call it from a plain function, not async")
    with rested():
        loop = VirtualLoop(patience=patience, longest=longest, grace=grace, inline=inline)
        made = Stage(loop, starts_at=starts_at)
        try:
            yield made
        except StuckError as stuck:
            try:
                made.close()
            except StuckError as again:
                stuck.add_note(f"nor does it end when it is cancelled: {again}")
            raise
        except BaseException:
            made.close()
            raise
        made.close()


def run(
    main: Coroutine[Any, Any, T],
    *,
    starts_at: float | None = None,
    patience: float = PATIENCE,
    longest: float = LONGEST,
    grace: float = 0.005,
    inline: Sequence[str] = (),
) -> T:
    """Run `main` on a new virtual loop with virtual clocks, and leave nothing behind.

    Args:
        main: what to run.
        starts_at: the Unix time at which it starts; the real now if not given.
        patience: real seconds that the clock may stand still at most, for work in threads or in callbacks.
        longest: virtual seconds that it may run at most; a run that only sleeps, and not often, may take longer.
        grace: real seconds that peers outside of the loop get to answer before each jump.
        inline: modules (or their first letters) whose executor jobs only compute, and may run on the loop's thread.

    """
    try:
        with stage(starts_at=starts_at, patience=patience, longest=longest, grace=grace, inline=inline) as made:
            return made.run(main)
    finally:
        main.close()  # it was not started where a loop runs already
