"""The tasks that carry out the decisions of one call. Each task has a name and is cancelled when the call ends."""

import asyncio
import logging
from collections.abc import Callable, Coroutine

__all__ = ["CallTasks"]

log = logging.getLogger("offhook")

STOP = 2.0
"""Seconds that a cancelled task may take to end."""


class CallTasks:
    """Starts tasks, reports failed tasks, and stops the running tasks at the end of the call."""

    def __init__(self, failed: Callable[[str, BaseException], None]) -> None:
        self._failed = failed
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, work: Coroutine[None, None, None], name: str, *, instead: bool = False) -> None:
        """Start a task; with `instead`, first cancel a running task of the same name."""
        if instead:
            self.stop_one(name)
        name = f"offhook {name}"
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def stop_one(self, name: str) -> None:
        """Cancel the running task of this name, if there is one."""
        for task in self._tasks:
            if task.get_name() == f"offhook {name}":
                task.cancel()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a decision could not be carried out", exc_info=error, extra={"what": task.get_name()})
            self._failed(task.get_name(), error)

    async def stop(self) -> None:
        """Cancel the running tasks. Wait only `STOP` seconds for the tasks, because an SDK may swallow a
        cancellation.
        """
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if not tasks:
            return
        _, left = await asyncio.wait(tasks, timeout=STOP)
        for task in left:
            log.error("a cancelled task did not end; it is abandoned", extra={"what": task.get_name()})
            self._failed(task.get_name(), TimeoutError(f"it was still running {STOP:g} s after its cancellation"))
