"""Runs coroutines in virtual time, from start to end."""

import asyncio
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from offhook.core.errors import OffhookError
from offhook.testing.virtual.clocks import virtual_clocks
from offhook.testing.virtual.loop import VirtualLoop
from offhook.testing.virtual.memory import rested

__all__ = ["Stage", "run", "stage"]

T = TypeVar("T")


class Stage:
    """A virtual loop on which one coroutine after another is run; clocks are virtual only while one runs."""

    def __init__(self, loop: VirtualLoop, *, starts_at: float | None) -> None:
        self._runner = asyncio.Runner(loop_factory=lambda: loop)
        self._starts_at = starts_at

    def run(self, main: Coroutine[Any, Any, T]) -> T:
        with virtual_clocks(starts_at=self._starts_at):
            return self._runner.run(main)

    def close(self) -> None:
        with virtual_clocks(starts_at=self._starts_at):
            self._runner.close()


@contextmanager
def stage(
    *, starts_at: float | None = None, patience: float = 60.0, grace: float = 0.005, inline: Sequence[str] = ()
) -> Iterator[Stage]:
    """A stage, closed at the end; the options are those of `run`."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        pass
    else:
        raise OffhookError("virtual time cannot start inside a running loop; call it from a plain function, not async")
    with rested():
        made = Stage(VirtualLoop(patience=patience, grace=grace, inline=inline), starts_at=starts_at)
        try:
            yield made
        finally:
            made.close()


def run(
    main: Coroutine[Any, Any, T],
    *,
    starts_at: float | None = None,
    patience: float = 60.0,
    grace: float = 0.005,
    inline: Sequence[str] = (),
) -> T:
    """Run `main` on a new virtual loop with virtual clocks, and leave nothing behind.

    Args:
        main: what to run.
        starts_at: the Unix time at which it starts; the real now if not given.
        patience: real seconds that work in threads may take at most.
        grace: real seconds that peers outside of the loop get to answer before each jump.
        inline: modules (or their first letters) whose executor jobs only compute, and may run on the loop's thread.

    """
    try:
        with stage(starts_at=starts_at, patience=patience, grace=grace, inline=inline) as made:
            return made.run(main)
    finally:
        main.close()  # it was not started where a loop runs already
