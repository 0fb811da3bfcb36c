"""Runs one function of the user with a timeout, isolated from offhook's own tasks and cancellation.

If a function raises or swallows `CancelledError`, asyncio cannot distinguish that from a cancellation of offhook's
task. Therefore each function runs in a task of its own, and offhook does not wait for an abandoned task.
"""

import asyncio
import inspect
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from offhook.core.errors import OffhookError
from offhook.engine.threads import run_sync

__all__ = ["EXITED", "LEAKED", "OverBudgetError", "StoppedItselfError", "bounded", "call", "cancelled_by_us"]

log = logging.getLogger("offhook")

GRACE = 1.0
"""Seconds that abandoned code may take to clean up after its cancellation."""

LEAKED = "it raised CancelledError: something it awaited was cancelled; catch asyncio.CancelledError around that await"
EXITED = "it raised {error!r}; to end the call, use ongoing.end(); do not exit the process"

_abandoned: set[asyncio.Task[Any]] = set()
"""Strong references to abandoned tasks; asyncio itself keeps only weak ones."""


class OverBudgetError(OffhookError):
    """The function took longer than its timeout and was abandoned."""


class StoppedItselfError(OffhookError):
    """The function raised `CancelledError` or `SystemExit` without being cancelled."""


def cancelled_by_us(error: BaseException) -> bool:
    """True if the current task was cancelled; False if the error comes from something that the task awaits."""
    task = asyncio.current_task()
    return isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling() > 0


async def call(function: Callable[..., Any], *given: Any, name: str, within: float | None) -> Any:
    """Call a function and await its result. A sync function runs in a thread. If `within` is None, there is no timeout.

    After the timeout, raises `OverBudgetError`. If the function raises `CancelledError` or `SystemExit` itself, raises
    `StoppedItselfError`. Any other exception of the function is raised unchanged.
    """
    is_async = inspect.iscoroutinefunction(function)
    work = _awaited(function, given) if is_async else run_sync(function, *given, name=name)
    return await bounded(work, name=name, within=within)


async def bounded(work: Coroutine[Any, Any, Any], *, name: str, within: float | None) -> Any:
    """Await `work` in a task of its own. Raises what `call` raises. If this call is cancelled, abandon the task."""
    code = _Code(work, name)
    try:
        await asyncio.wait([code.task], timeout=within)
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
    """Call the function inside a coroutine, so that every exception of the call is raised there."""
    return await function(*given)


class _Code:
    """A coroutine of the user, and the task in which it runs."""

    def __init__(self, work: Coroutine[Any, Any, Any], name: str) -> None:
        self._work = work
        self._closed = False
        self.task = asyncio.get_running_loop().create_task(self._run(), name=f"offhook {name}")

    async def _run(self) -> Any:
        try:
            return await self._work
        except SystemExit as error:  # asyncio would stop the loop, and the call with it
            raise StoppedItselfError(EXITED.format(error=error)) from error
        except RuntimeError:
            if self._closed:
                return None
            raise

    def abandon(self) -> None:
        """Cancel the task; close the coroutine after `GRACE` seconds."""
        _abandoned.add(self.task)
        self.task.add_done_callback(_ended)
        self.task.cancel()
        asyncio.get_running_loop().call_later(GRACE, self._close)

    def _close(self) -> None:
        """Close a coroutine that swallows `CancelledError`. Otherwise the loop and the process might never end."""
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
