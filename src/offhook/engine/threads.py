"""Runs a sync function of the user in a thread, so that a blocking function does not stop the call."""

import asyncio
import contextvars
import inspect
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from offhook.core.errors import OffhookError

__all__ = ["run_sync"]

_LOOP_NEEDED = ("no running event loop", "There is no current event loop")


async def run_sync(function: Callable[..., Any], *given: Any, name: str) -> Any:
    """Run the function in a daemon thread. If the result is awaitable, await the result.

    The thread is a daemon, because a function that never returns must not keep the job process alive.
    """
    loop = asyncio.get_running_loop()
    returned: asyncio.Future[Any] = loop.create_future()
    context = contextvars.copy_context()

    def settle(result: Any, error: BaseException | None) -> None:
        if returned.done():
            if inspect.iscoroutine(result):
                result.close()
        elif error is not None:
            returned.set_exception(error)
        else:
            returned.set_result(result)

    def work() -> None:
        result, error = None, None
        try:
            result = context.run(function, *given)
        except BaseException as raised:  # noqa: BLE001  # raised again where the result is awaited
            error = _translated(raised)
        with suppress(RuntimeError):  # the loop is closed, so the result is not awaited any more
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=work, name=f"offhook {name}", daemon=True).start()
    result = await returned
    return await result if inspect.isawaitable(result) else result


def _translated(error: BaseException) -> BaseException:
    """Replace `StopIteration`, which a future cannot hold; explain errors about a missing event loop."""
    if isinstance(error, StopIteration):
        return RuntimeError(f"it raised {error!r}")
    if isinstance(error, RuntimeError) and str(error).startswith(_LOOP_NEEDED):
        translated = OffhookError(f"{error}: sync functions run in a thread; use `async def` to act on the session")
        translated.__cause__ = error
        return translated
    return error
