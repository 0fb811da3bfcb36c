"""Runs a coroutine in virtual time, from start to end."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from offhook.core.errors import OffhookError
from offhook.testing.virtual.clocks import virtual_clocks
from offhook.testing.virtual.loop import VirtualLoop
from offhook.testing.virtual.memory import rested

__all__ = ["run"]

T = TypeVar("T")


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
        asyncio.get_running_loop()
    except RuntimeError:
        pass
    else:
        main.close()
        raise OffhookError("virtual time cannot start inside a running loop; call it from a plain function, not async")
    with (
        rested(),
        virtual_clocks(starts_at=starts_at),
        asyncio.Runner(loop_factory=lambda: VirtualLoop(patience=patience, grace=grace, inline=inline)) as runner,
    ):
        return runner.run(main)
