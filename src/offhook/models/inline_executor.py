"""Runs LiveKit's VAD in the thread of the session.

Without this executor, `inference.VAD` computes each window of 32 ms in a separate thread. The model needs 16 µs for a
window. Waking that thread and then the event loop costs several times as much CPU time as the model.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, ParamSpec, TypeVar

__all__ = ["InlineExecutor"]

P = ParamSpec("P")
T = TypeVar("T")


class InlineExecutor(Executor):
    """An executor without threads: `submit` itself calls the function. Use this executor only for functions that need a
    few microseconds.
    """

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Any:
        """Call `fn` and return a completed asyncio future of the running event loop. `asyncio.wrap_future` returns an
        asyncio future unchanged, so nothing has to wake the event loop.
        """
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001  # the future gets every error, as in other executors
            done.set_exception(error)
        return done
