"""Runs LiveKit's VAD in the thread of the session.

`inference.VAD` computes each window of 32 ms in a separate thread. The model needs 16 µs for a window. Waking that
thread and then the event loop costs several times as much CPU time.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, ParamSpec, TypeVar

__all__ = ["InlineExecutor"]

P = ParamSpec("P")
T = TypeVar("T")


class InlineExecutor(Executor):
    """Calls a function before `submit` returns. Use it only for functions that compute for a few microseconds."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Any:
        """Return a completed future of the running loop. `asyncio.wrap_future` returns such a future unchanged, so the
        loop gets no further wake-up.
        """
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001  # the future gets every error, as in other executors
            done.set_exception(error)
        return done
