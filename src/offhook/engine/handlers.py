"""Runs the user's `on` handlers, in order and one at a time. A handler that fails does not stop the call."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

from offhook.core.errors import PlanError
from offhook.core.facts import FACTS, Fact, HandlerFailed
from offhook.engine.user_code import OverBudgetError, call

__all__ = ["Handler", "Handlers", "check_handlers"]

log = logging.getLogger("offhook")

TIMEOUT = 10.0
"""Timeout of one handler in seconds; later facts wait until the handler returns."""

Handler = Callable[[Any, Any], Awaitable[object] | object]


def check_handlers(handlers: Mapping[type, Handler]) -> None:
    """Raise `PlanError` if a key of the dict is not a fact class, or if a handler is not callable."""
    for kind, handler in handlers.items():
        name = getattr(kind, "__name__", repr(kind))
        if FACTS.get(name) is not kind:
            raise PlanError(f"{name} is not a fact, so it cannot have a handler; the docs list the facts of a call")
        if not callable(handler):
            raise PlanError(f"the handler of {name} is {handler!r}; give a function that takes the fact and the call")


class Handlers:
    """A sink: gives each fact of a call to the handlers of this kind of fact, one fact after the other."""

    def __init__(self, post: Callable[[Fact], None]) -> None:
        self._post = post
        self._handlers: list[tuple[type, Handler]] = []
        self._queue: asyncio.Queue[Fact | None] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self.call: object = None

    def add(self, kind: type, handler: Handler) -> None:
        """From now on, call `handler(fact, call)` for each fact of this kind. A sync handler runs in a thread."""
        check_handlers({kind: handler})
        self._handlers.append((kind, handler))
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run(), name="offhook handlers")

    def notice(self, fact: Fact) -> None:
        """Queue the fact if it has handlers. This method does not wait and does not raise."""
        if any(isinstance(fact, kind) for kind, _ in self._handlers):
            self._queue.put_nowait(fact)

    async def catch_up(self, *, within: float) -> None:
        """Wait, for at most `within` seconds, until the handlers of all facts so far have returned."""
        with suppress(TimeoutError):  # handlers that have not returned continue; `finish` stops them
            async with asyncio.timeout(within):
                await self._queue.join()

    async def finish(self, *, within: float) -> None:
        """Let the remaining handlers run for at most `within` seconds, then cancel the running handler."""
        if self._task is None:
            return
        self._queue.put_nowait(None)
        await asyncio.wait([self._task], timeout=within)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while (fact := await self._queue.get()) is not None:
            for kind, handler in list(self._handlers):
                if isinstance(fact, kind):
                    await self._call_handler(handler, fact)
            self._queue.task_done()

    async def _call_handler(self, handler: Handler, fact: Fact) -> None:
        name = type(fact).__name__
        try:
            await call(handler, fact, self.call, name="handler", within=TIMEOUT)
        except Exception as error:  # the user's handler may raise anything; the call continues
            log.exception("a handler failed; the call continues", extra={"fact": name})
            if not isinstance(fact, HandlerFailed):
                text = str(error) if isinstance(error, OverBudgetError) else repr(error)[:500]
                self._post(HandlerFailed(name, text))
