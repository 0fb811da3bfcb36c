"""Threads for the jobs of a virtual loop; one that never ends holds up neither its run nor the end of the program."""

import os
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, ParamSpec, TypeVar

__all__ = ["Workers"]

P = ParamSpec("P")
T = TypeVar("T")

_MOST = min(32, (os.cpu_count() or 1) + 4)
"""As many as asyncio's own has."""


class Workers(Executor):
    """As a `ThreadPoolExecutor`, with daemon threads: Python waits for the others before it exits."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._open: set[Future[Any]] = set()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()

        def work() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = fn(*args, **kwargs)
            except BaseException as error:  # noqa: BLE001  # it belongs to whoever awaits the job
                future.set_exception(error)
            else:
                future.set_result(result)

        self._open.add(future)
        future.add_done_callback(self._open.discard)
        self._jobs.put(work)
        if len(self._threads) < min(len(self._open), _MOST):
            thread = threading.Thread(target=_serve, args=(self._jobs,), name="virtual worker", daemon=True)
            self._threads.append(thread)
            thread.start()
        return future

    @property
    def running(self) -> list[Future[Any]]:
        """Jobs that have not ended, also those that nobody waits for any more."""
        return list(self._open)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002  # Executor's signature
        """Let the threads end when they have done what they were given."""
        for _ in self._threads:
            self._jobs.put(None)
        self._threads.clear()


def _serve(jobs: "queue.SimpleQueue[Callable[[], None] | None]") -> None:
    while (work := jobs.get()) is not None:
        work()
        del work  # it holds on to what it was given
