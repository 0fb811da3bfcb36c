"""Watches the calls that LiveKit offers to the worker: accepted calls until they end, and phones of refused calls."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from livekit.agents import JobRequest
from livekit.agents.job import RunningJobInfo

from offhook.settings import Settings
from offhook.worker.busy import BusyPhones
from offhook.worker.finished_calls import FinishedCalls
from offhook.worker.job_watch import JobWatch

__all__ = ["OfferedCalls"]


class OfferedCalls:
    """`Admission` reports each accepted or refused call to this class. Before `watching`, these reports are ignored."""

    def __init__(self) -> None:
        self._jobs: JobWatch | None = None
        self._busy: BusyPhones | None = None

    def accepted(self, request: JobRequest) -> None:
        """Record that this worker accepts a call, and watch the call."""
        if self._jobs is not None:
            self._jobs.accepted(request)

    def launched(self, request: JobRequest, identity: str) -> None:
        """Report to `JobWatch` that the job of an accepted call runs."""
        if self._jobs is not None:
            self._jobs.launched(request, identity)

    def refused(self, request: JobRequest) -> None:
        """If the phone of this refused call still rings later, reject the phone."""
        if self._busy is not None:
            self._busy.refused(request.room.name)

    @asynccontextmanager
    async def watching(
        self,
        settings: Settings,
        running: Callable[[], Sequence[RunningJobInfo]],
        finished: FinishedCalls,
        *,
        takeover: bool,
    ) -> AsyncIterator[None]:
        """Watch the calls until the block ends. `finished` gets the records of each call that has ended."""
        jobs = self._jobs = JobWatch(settings, running, finished.add, takeover=takeover)
        busy = self._busy = BusyPhones(settings)
        task = asyncio.create_task(jobs.run(), name="offhook watch")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, busy.stop(), return_exceptions=True)
            await jobs.finish()
            jobs.close()
            await asyncio.to_thread(finished.close)
