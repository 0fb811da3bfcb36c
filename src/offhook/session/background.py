"""Runs background work of a call: an error is logged and recorded, and the call continues."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from offhook.core.facts import ActionFailed, Fact

__all__ = ["run_in_background"]

log = logging.getLogger("offhook")


def run_in_background(
    work: Coroutine[Any, Any, Any], name: str, *, tasks: set[asyncio.Task[None]], post: Callable[[Fact], None]
) -> None:
    """Start the work in a task with this name. `tasks` contains the task until the task ends."""

    async def run() -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001  # while a call ends, LiveKit's objects raise many kinds of errors
            log.warning("background work of a call failed", extra={"what": name, "error": repr(error)})
            post(ActionFailed(name, repr(error)[:500]))

    task = asyncio.get_running_loop().create_task(run(), name=f"offhook {name}")
    tasks.add(task)
    task.add_done_callback(tasks.discard)
