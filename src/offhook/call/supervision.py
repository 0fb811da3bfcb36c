"""The supervision of one session, awaited or entered as a block."""

import asyncio
from collections.abc import Generator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Any

from livekit.agents import AgentSession, JobContext

from offhook.call.lifecycle import open_call
from offhook.call.runtime import CallRuntime
from offhook.core.facts import EndRequested, Fact, Planned
from offhook.engine.handlers import Handler, check_handlers
from offhook.session.after_call import warn_after_call
from offhook.session.build import check_session
from offhook.session.hooks import Hook
from offhook.session.ongoing import OngoingCall

__all__ = ["Supervision"]

_NOT_STARTED = "the `supervise` block ended without a started session: call `await session.start(…)` in the block"
_APOLOGY = 15.0
"""Seconds that LiveKit's shutdown waits for the apology after a failed entrypoint."""


class Supervision(AbstractAsyncContextManager[OngoingCall]):
    """What `supervise` returns: await it, or use it as a block."""

    def __init__(
        self,
        ctx: JobContext,
        session: AgentSession[Any],
        planned: Planned,
        *,
        on: Mapping[type[Fact], Handler] | None,
        after: Sequence[Hook],
    ) -> None:
        self._ctx, self._session, self._planned = ctx, session, planned
        self._on, self._after = on, after
        self._opened: AbstractAsyncContextManager[CallRuntime] = open_call(ctx)
        self._runtime: CallRuntime | None = None
        self._ending: asyncio.Task[bool | None] | None = None

    async def __aenter__(self) -> OngoingCall:
        runtime = self._runtime = await self._opened.__aenter__()
        try:
            check_session(self._session)
            check_handlers(self._on or {})
            return runtime.attach(self._session, self._planned, on=self._on, after=self._after)
        except BaseException as error:
            await self._opened.__aexit__(type(error), error, error.__traceback__)
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        runtime = self._runtime
        if error is None and runtime is not None and not runtime.begun:
            runtime.supervisor.post(EndRequested("error", by="supervise", detail=_NOT_STARTED))
        ended = await self._opened.__aexit__(kind, error, trace)
        warn_after_call(self._session)
        return ended

    def __await__(self) -> Generator[Any, None, OngoingCall]:
        return self._begin().__await__()

    async def _begin(self) -> OngoingCall:
        """Supervise without a block: a task waits for the end of the call, and the job's shutdown for the task."""
        ongoing = await self.__aenter__()
        self._ending = asyncio.create_task(self._opened.__aexit__(None, None, None), name="offhook wait for the end")
        self._ctx.add_shutdown_callback(self._on_shutdown)
        entrypoint = asyncio.current_task()
        if entrypoint is not None:
            entrypoint.add_done_callback(self._on_return)
        return ongoing

    def _on_return(self, entrypoint: "asyncio.Task[Any]") -> None:
        """If the entrypoint failed, end the call with an apology. LiveKit then shuts the job down at once."""
        error = None if entrypoint.cancelled() else entrypoint.exception()
        runtime = self._runtime
        if error is None or runtime is None or runtime.supervising.done():
            return
        runtime.supervisor.post(EndRequested("error", by="entrypoint", detail=f"{type(error).__name__}: {error}"))
        close = self._session.aclose

        async def close_after_apology() -> None:
            await asyncio.wait([runtime.supervising], timeout=_APOLOGY)
            await close()

        setattr(self._session, "aclose", close_after_apology)  # noqa: B010  # mypy knows it as a method

    async def _on_shutdown(self, reason: str) -> None:
        """End the call if it is not over, and wait until it is finished."""
        if self._runtime is not None and not self._runtime.supervising.done():
            self._runtime.supervisor.post(EndRequested("shutdown", goodbye="", by="livekit", detail=reason))
        if self._ending is not None:
            await self._ending
