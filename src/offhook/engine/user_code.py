"""Runs one function of the user with a timeout, isolated from offhook's own tasks and cancellation.

If a function raises or swallows `CancelledError`, asyncio cannot distinguish that from a cancellation of offhook's
task. Therefore each function runs in a separate task, and offhook does not wait for a task after its timeout.
"""

import asyncio
import inspect
import logging
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from offhook.core.errors import OffhookError
from offhook.engine.threads import run_sync

__all__ = [
    "EXITED",
    "LEAKED",
    "OverBudgetError",
    "StoppedItselfError",
    "bounded",
    "call",
    "cancelled_by_us",
    "uncounted",
]

log = logging.getLogger("offhook")

GRACE = 1.0
"""Seconds that abandoned code may take to clean up after its cancellation."""

LEAKED = "it raised CancelledError: something it awaited was cancelled; catch asyncio.CancelledError around that await"
EXITED = "it raised {error!r}; to end the call, use ongoing.end(); do not exit the process"

_abandoned: set[asyncio.Task[Any]] = set()
"""Strong references to abandoned tasks, because asyncio keeps only weak references."""


class OverBudgetError(OffhookError):
    """The function took longer than its timeout and was abandoned."""


class StoppedItselfError(OffhookError):
    """The function raised `CancelledError` or `SystemExit`, although offhook did not cancel it."""


def cancelled_by_us(error: BaseException) -> bool:
    """True if the current task was cancelled; False if the error comes from something that the task awaits."""
    task = asyncio.current_task()
    return isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling() > 0


async def call(function: Callable[..., Any], *given: Any, name: str, within: float | None) -> Any:
    """Call a function and await its result. A sync function runs in a thread. If `within` is None, there is no timeout.

    After the timeout, raises `OverBudgetError`. If the function itself raises `CancelledError` or `SystemExit`, raises
    `StoppedItselfError`. Any other exception of the function is raised unchanged.
    """
    is_async = inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__)
    work = _awaited(function, given) if is_async else run_sync(function, *given, name=name)
    return await bounded(work, name=name, within=within)


async def bounded(work: Coroutine[Any, Any, Any], *, name: str, within: float | None) -> Any:
    """Await `work` in a separate task. Raises the errors that `call` raises. If the awaiting task is cancelled,
    cancel and abandon the separate task.
    """
    budget = _Budget(within)
    code = budget.start(work, name)
    try:
        await budget.wait(code.task)
    except asyncio.CancelledError:
        code.abandon()
        raise
    if not code.task.done():
        code.abandon()
        raise OverBudgetError(f"it took longer than {within:g} s")
    if code.task.cancelled():
        raise StoppedItselfError(LEAKED)
    return code.task.result()


async def _awaited(function: Callable[..., Any], given: tuple[Any, ...]) -> Any:
    """Call the function inside a coroutine, so that the coroutine raises every exception of the call."""
    return await function(*given)


@contextmanager
def uncounted() -> Iterator[None]:
    """Exclude the time of this block from the timeout of the surrounding user function, for example while a phone
    rings.
    """
    budget = _BUDGET.get()
    if budget is None:
        yield
        return
    budget.pause()
    try:
        yield
    finally:
        budget.resume()


class _Budget:
    """The time that a function may take. Time between `pause` and `resume` does not count."""

    def __init__(self, within: float | None) -> None:
        self._loop = asyncio.get_running_loop()
        self._left = within
        self._counts_from = self._loop.time()
        self._paused = 0
        self._changed = asyncio.Event()

    def start(self, work: Coroutine[Any, Any, Any], name: str) -> "_Code":
        """Start the function. The function and the tasks that it starts share this budget."""
        token = _BUDGET.set(self)
        try:
            return _Code(work, name)
        finally:
            _BUDGET.reset(token)

    async def wait(self, task: "asyncio.Task[Any]") -> None:
        """Wait until the task is done, or until the time is used up."""
        while not task.done():
            self._changed.clear()
            if self._paused or self._left is None:
                left = None
            elif (left := self._counts_from + self._left - self._loop.time()) <= 0:
                return
            changed = asyncio.ensure_future(self._changed.wait())
            try:
                await asyncio.wait([task, changed], timeout=left, return_when=asyncio.FIRST_COMPLETED)
            finally:
                changed.cancel()

    def pause(self) -> None:
        if not self._paused and self._left is not None:
            self._left -= self._loop.time() - self._counts_from
        self._paused += 1
        self._changed.set()

    def resume(self) -> None:
        self._paused -= 1
        self._counts_from = self._loop.time()
        self._changed.set()


_BUDGET: ContextVar[_Budget | None] = ContextVar("offhook budget", default=None)


class _Code:
    """A coroutine of the user, and the task in which it runs."""

    def __init__(self, work: Coroutine[Any, Any, Any], name: str) -> None:
        self._work = work
        self._closed = False
        self.task = asyncio.get_running_loop().create_task(self._run(), name=f"offhook {name}")

    async def _run(self) -> Any:
        try:
            return await self._work
        except SystemExit as error:  # in a task, `SystemExit` would stop the event loop and so end the call
            raise StoppedItselfError(EXITED.format(error=error)) from error
        except RuntimeError:
            if self._closed:
                return None
            raise

    def abandon(self) -> None:
        """Cancel the task. If the task still runs after `GRACE` seconds, close its coroutine."""
        _abandoned.add(self.task)
        self.task.add_done_callback(_ended)
        self.task.cancel()
        asyncio.get_running_loop().call_later(GRACE, self._close)

    def _close(self) -> None:
        """Close a coroutine that swallows `CancelledError`. A coroutine that never ends could block the process."""
        if self.task.done():
            return
        self._closed = True
        try:
            self._work.close()
        except Exception as error:  # noqa: BLE001  # user code may raise anything while it is closed
            log.warning("abandoned code cannot be stopped", extra={"what": self.task.get_name(), "error": repr(error)})
        self.task.cancel()


def _ended(task: "asyncio.Task[Any]") -> None:
    _abandoned.discard(task)
    if not task.cancelled() and (error := task.exception()) is not None:
        log.debug("abandoned code raised", extra={"what": task.get_name(), "error": repr(error)})
