"""Threads for the executor jobs of a virtual loop. Even a job that never ends does not prevent the program's exit."""

import os
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, ParamSpec, TypeVar

__all__ = ["Workers"]

P = ParamSpec("P")
T = TypeVar("T")

_MAX_THREADS = min(32, (os.cpu_count() or 1) + 4)
"""The maximum number of threads; asyncio's default executor has the same limit."""


class Workers(Executor):
    """Like `ThreadPoolExecutor`, but with daemon threads, because Python waits for non-daemon threads at exit."""

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
            except BaseException as error:  # noqa: BLE001  # the task that awaits the job gets the error
                future.set_exception(error)
            else:
                future.set_result(result)

        self._open.add(future)
        future.add_done_callback(self._open.discard)
        self._jobs.put(work)
        if len(self._threads) < min(len(self._open), _MAX_THREADS):
            thread = threading.Thread(target=_serve, args=(self._jobs,), name="virtual worker", daemon=True)
            self._threads.append(thread)
            thread.start()
        return future

    @property
    def running(self) -> list[Future[Any]]:
        """Jobs that have not ended, including jobs that no task awaits."""
        return list(self._open)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002  # Executor's signature
        """Tell the threads to end after all queued jobs, and return at once."""
        for _ in self._threads:
            self._jobs.put(None)
        self._threads.clear()


def _serve(jobs: "queue.SimpleQueue[Callable[[], None] | None]") -> None:
    while (work := jobs.get()) is not None:
        work()
        del work  # otherwise the job's arguments would stay in memory until the next job
