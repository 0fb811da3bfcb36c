"""The user's own handlers of facts: in order, one at a time, and none can stop the call."""

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

from offhook.core.errors import PlanError
from offhook.core.facts import FACTS, Fact, HandlerFailed

__all__ = ["Handler", "Handlers", "check_handlers"]

log = logging.getLogger("offhook")

LONGEST = 10.0
"""Seconds that one handler may take; the next facts wait for it."""

Handler = Callable[[Any, Any], Awaitable[object] | object]


def check_handlers(handlers: Mapping[type, Handler]) -> None:
    """Refuse what is not a fact or cannot be called; raises `PlanError`."""
    for kind, handler in handlers.items():
        name = getattr(kind, "__name__", repr(kind))
        if FACTS.get(name) is not kind:
            raise PlanError(f"{name} is not a fact, so nothing can be done on it; docs list the facts of a call")
        if not callable(handler):
            raise PlanError(f"the handler of {name} is {handler!r}; give a function that takes the fact and the call")


class Handlers:
    """Hands facts to whoever asked for them, in the order in which they happened."""

    def __init__(self, post: Callable[[Fact], None]) -> None:
        self._post = post
        self._handlers: list[tuple[type, Handler]] = []
        self._waiting: asyncio.Queue[Fact | None] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self.call: object = None

    def add(self, kind: type, handler: Handler) -> None:
        """From now on, call the handler with each fact of this kind and the call."""
        check_handlers({kind: handler})
        self._handlers.append((kind, handler))
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run(), name="offhook handlers")

    def notice(self, fact: Fact) -> None:
        """Take in a fact; never fails, never waits."""
        if any(isinstance(fact, kind) for kind, _ in self._handlers):
            self._waiting.put_nowait(fact)

    async def catch_up(self, *, within: float) -> None:
        """Wait until the handlers have seen all that happened so far, for so many seconds at most."""
        with suppress(TimeoutError):  # they go on meanwhile, and `finish` ends it
            async with asyncio.timeout(within):
                await self._waiting.join()

    async def finish(self, *, within: float) -> None:
        """Let the handlers see what they have not seen yet, for so many seconds at most."""
        if self._task is None:
            return
        self._waiting.put_nowait(None)
        await asyncio.wait([self._task], timeout=within)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while (fact := await self._waiting.get()) is not None:
            for kind, handler in list(self._handlers):
                if isinstance(fact, kind):
                    await self._tell(handler, fact)
            self._waiting.task_done()

    async def _tell(self, handler: Handler, fact: Fact) -> None:
        name = type(fact).__name__
        try:
            async with asyncio.timeout(LONGEST):
                result = handler(fact, self.call)
                if inspect.isawaitable(result):
                    await result
        except Exception as error:  # the user's handler may raise anything; the call goes on
            log.exception("a handler raised; the call goes on", extra={"fact": name})
            if not isinstance(fact, HandlerFailed):
                told = f"it took longer than {LONGEST:g} s" if isinstance(error, TimeoutError) else repr(error)[:500]
                self._post(HandlerFailed(name, told))
