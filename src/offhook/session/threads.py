"""A user's plain function, run where it cannot stop the call."""

import asyncio
import inspect
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

__all__ = ["in_thread"]


async def in_thread(function: Callable[[Any], Any], given: object, *, name: str) -> Any:
    """Run it in a daemon thread (one that hangs must not keep the job alive), and await what it returns if need be."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Any] = loop.create_future()

    def settle(result: Any, error: BaseException | None) -> None:
        if answer.done():
            return
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(result)

    def work() -> None:
        result, error = None, None
        try:
            result = function(given)
        except BaseException as raised:  # noqa: BLE001  # it belongs to whoever waits for the answer
            error = raised
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=work, name=f"offhook {name}", daemon=True).start()
    result = await answer
    return await result if inspect.isawaitable(result) else result
