"""The tasks that carry out wishes: each has a name and an owner, and none outlives the call."""

import asyncio
import logging
from collections.abc import Callable, Coroutine

__all__ = ["Performers"]

log = logging.getLogger("offhook")


class Performers:
    """Begins them, tells of those that fail, and stops what is left."""

    def __init__(self, failed: Callable[[str, BaseException], None]) -> None:
        self._failed = failed
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, work: Coroutine[None, None, None], name: str, *, instead: bool = False) -> None:
        """Begin this work; `instead` of one of the same name that is not done yet."""
        if instead:
            self.stop_one(name)
        name = f"offhook {name}"
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def stop_one(self, name: str) -> None:
        """Cancel the work of this name, if it is not done yet."""
        for task in self._tasks:
            if task.get_name() == f"offhook {name}":
                task.cancel()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a wish could not be carried out", exc_info=error, extra={"what": task.get_name()})
            self._failed(task.get_name(), error)

    async def stop(self) -> None:
        """Cancel what is left and wait for it."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
