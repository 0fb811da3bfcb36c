"""The supervision of one session, with `await` or with `async with`."""

import asyncio
import logging
import warnings
from collections.abc import Generator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Any

from livekit.agents import AgentSession, JobContext

from offhook.call.entrypoint_error import end_request
from offhook.call.lifecycle import open_call
from offhook.call.runtime import CallRuntime
from offhook.core.facts import EndRequested, Fact, Planned
from offhook.core.patience import Patience, Preset
from offhook.engine.handlers import Handler, check_handlers
from offhook.session.after_call import warn_after_call
from offhook.session.build import check_session
from offhook.session.hooks import Hook
from offhook.session.inbound.graded_detectors import grade_session
from offhook.session.ongoing import OngoingCall

__all__ = ["Supervision"]

log = logging.getLogger("offhook")

_FIRST = "offhook_supervision"
"""The name of the `JobContext` attribute that holds the first `Supervision` of the job. Only one session of a job is
supervised.
"""
_NOT_STARTED = "the `supervise` block ended without a started session: call `await session.start(…)` in the block"
_APOLOGY = 15.0
"""Maximum seconds that LiveKit's shutdown waits for the apology after the entrypoint has failed."""


class Supervision(AbstractAsyncContextManager[OngoingCall]):
    """The result of `supervise`: await this object, or enter it with `async with`."""

    def __init__(
        self,
        ctx: JobContext,
        session: AgentSession[Any],
        planned: Planned,
        *,
        on: Mapping[type[Fact], Handler] | None,
        after: Sequence[Hook],
        endpointing: Preset | Patience | None = None,
    ) -> None:
        self._endpointing = endpointing
        self._ctx, self._session, self._planned = ctx, session, planned
        self._on, self._after = on, after
        self._call: AbstractAsyncContextManager[CallRuntime] = open_call(ctx)
        self._runtime: CallRuntime | None = None
        self._ending: asyncio.Task[bool | None] | None = None
        self._first: Supervision | None = None
        self.opened: asyncio.Future[OngoingCall] = asyncio.get_running_loop().create_future()
        self.over = asyncio.Event()

    def __del__(self) -> None:
        if self._first is None and not self.opened.done() and not self.opened.get_loop().is_closed():
            warnings.warn("supervise(...) did nothing: write `await supervise(...)`", RuntimeWarning, stacklevel=2)

    async def __aenter__(self) -> OngoingCall:
        self._first = vars(self._ctx).setdefault(_FIRST, self)
        if self._first is not self:
            log.warning("a second session of one call is not supervised", extra={"call": self._ctx.job.id})
            return await asyncio.shield(self._first.opened)
        try:
            ongoing = await self._open()
        except BaseException:
            self.opened.cancel()
            raise
        self.opened.set_result(ongoing)
        return ongoing

    async def _open(self) -> OngoingCall:
        runtime = self._runtime = await self._call.__aenter__()
        try:
            check_session(self._session)
            check_handlers(self._on or {})
            if self._endpointing is not None:
                grade_session(self._session, self._endpointing)
            return runtime.attach(self._session, self._planned, on=self._on, after=self._after)
        except BaseException as error:
            await self._call.__aexit__(type(error), error, error.__traceback__)
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        runtime = self._runtime
        if runtime is None:  # a second session of the job is not supervised
            if self._first is not None and error is None:
                await self._first.over.wait()
            return None
        if error is None and not runtime.attached.begun:
            runtime.supervisor.post(EndRequested("error", by="supervise", detail=_NOT_STARTED))
        try:
            return await self._call.__aexit__(kind, error, trace)
        finally:
            self.over.set()
            warn_after_call(self._session)

    def __await__(self) -> Generator[Any, None, OngoingCall]:
        return self._begin().__await__()

    async def _begin(self) -> OngoingCall:
        """Supervise without an `async with` block: a task waits for the end of the call, and the job's shutdown waits
        for this task.
        """
        ongoing = await self.__aenter__()
        if self._runtime is None:
            return ongoing
        self._ending = asyncio.create_task(self._call.__aexit__(None, None, None), name="offhook wait for the end")
        self._ending.add_done_callback(lambda _: self.over.set())
        self._ctx.add_shutdown_callback(self._on_shutdown)
        entrypoint = asyncio.current_task()
        if entrypoint is not None:
            entrypoint.add_done_callback(self._on_return)
        return ongoing

    def _on_return(self, entrypoint: "asyncio.Task[Any]") -> None:
        """If the entrypoint failed, end the call with an apology.

        After a failed entrypoint, LiveKit shuts the job down and closes the session at once. Therefore the session gets
        an `aclose` that first waits for the apology.
        """
        error = None if entrypoint.cancelled() else entrypoint.exception()
        runtime = self._runtime
        if error is None or runtime is None or runtime.supervising.done():
            return
        runtime.supervisor.post(end_request(error, answered=runtime.arrival.answered))
        close = self._session.aclose

        async def close_after_apology() -> None:
            await asyncio.wait([runtime.supervising], timeout=_APOLOGY)
            await close()

        setattr(self._session, "aclose", close_after_apology)  # noqa: B010  # mypy refuses to assign to a method

    async def _on_shutdown(self, reason: str) -> None:
        """End the call if it has not ended yet, and wait until the call is finished."""
        if self._runtime is not None and not self._runtime.supervising.done():
            self._runtime.supervisor.post(EndRequested("shutdown", goodbye="", by="livekit", detail=reason))
        if self._ending is not None:
            await self._ending
