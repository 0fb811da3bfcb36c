"""Watches the worker's calls from the main process. If a job process died, records the end of its call, and cleans up
the room.

LiveKit sends no event when a job process is killed. For 20 s, the server still lists the killed agent in the room, and
the caller hears silence.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from livekit.agents import JobRequest
from livekit.agents.job import RunningJobInfo

from offhook.core.facts import Fact, JobAccepted
from offhook.core.record import Record, to_body
from offhook.core.resumed import ATTRIBUTE, parse_resumed
from offhook.journal.reader import Reader
from offhook.journal.writer import Journal
from offhook.room.settlement import LostCall, settle
from offhook.settings import Settings
from offhook.worker.joined_rooms import JoinedRooms, joined_room
from offhook.worker.orphan_rooms import OrphanRooms
from offhook.worker.recovery import Recovery

__all__ = ["JobWatch"]

log = logging.getLogger("offhook")

_POLL_INTERVAL = 0.5
_BEYOND = 10_000_000
"""A record number that no call reaches."""


class JobWatch:
    """Records what a job process cannot record itself: that its call was accepted, and that the job process died.

    With `takeover`, the worker may dispatch a new agent to the call of a killed job. On LiveKit Cloud, `takeover` is
    False, because LiveKit Cloud itself starts a new agent.
    """

    def __init__(
        self,
        settings: Settings,
        running: Callable[[], Sequence[RunningJobInfo]],
        finished: Callable[[Sequence[Record]], None] = lambda _: None,
        *,
        takeover: bool = True,
    ) -> None:
        """`finished` is called in a thread with the records of each call that has ended."""
        self._path = settings.journal
        self._running = running
        self._finished = finished
        self._takeover = takeover
        self._journal = Journal.open(settings.journal, settings.webhook_receivers)
        self._known: dict[str, LostCall] = {}
        self._orphans = OrphanRooms(settings)
        self._joined = JoinedRooms(settings)
        self._recovery = Recovery(settings.journal, self.settle)

    def accepted(self, request: JobRequest) -> None:
        """Record that this worker accepts the call."""
        fact = JobAccepted(request.room.name, request.agent_name, _resumes(request.job.attributes.get(ATTRIBUTE, "")))
        self._append(request.id, 0, fact)

    def launched(self, request: JobRequest, identity: str = "") -> None:
        """Add the job to the known jobs; the polls would miss a job that starts and dies between two of them."""
        resumes = _resumes(request.job.attributes.get(ATTRIBUTE, ""))
        agent = identity or f"agent-{request.id}"
        lost = LostCall(request.id, request.room.name, agent, request.agent_name, resumes=resumes)
        self._known[request.id] = lost

    def close(self) -> None:
        self._journal.close()

    async def run(self) -> None:
        """Poll the running jobs until cancelled, because LiveKit has no public event for the end of a job."""
        recovering = asyncio.create_task(self._recovery.run(), name="offhook recovery")
        finding = asyncio.create_task(self._joined.find(), name="offhook joined rooms")
        try:
            await self._poll()
        finally:
            recovering.cancel()
            finding.cancel()
            await asyncio.gather(recovering, finding, return_exceptions=True)
            self._recovery.close()
            await self._joined.stop()
            await self._orphans.stop()

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(_POLL_INTERVAL)
            running = {job.job.id: _lost(job) for job in self._jobs()}
            gone = [lost for call, lost in self._known.items() if call not in running]
            self._known = running
            for lost in gone:
                await self.settle(replace(lost, since=time.time() - _POLL_INTERVAL))

    def _jobs(self) -> Sequence[RunningJobInfo]:
        try:
            return [job for job in self._running() if not job.fake_job]
        except AttributeError:  # before `run`, LiveKit has no process pool
            return ()

    async def settle(self, lost: LostCall) -> None:
        """If the journal has no `Ended` record of the call, write one. Then start to clean up a room that the call left
        open, and report the call as finished.
        """
        records = await self._read(lost.call)
        settled = settle(records, lost)
        extra = {"call": lost.call, "room": lost.room}
        if settled.ended is not None:
            log.error("a job process died; its call is settled", extra={**extra, "reason": settled.ended.reason})
            began = records[0] if records else None
            records = [*records, self._append(lost.call, await self._next(lost.call), settled.ended, began=began)]
            await self._journal.flushed()  # `_finished` stores a recording only if the journal has the end
        if (orphan := settled.orphan) is not None:
            if settled.ended is None and not orphan.caller_may_return:
                log.error("a call left its room open; closing the room", extra=extra)
            self._orphans.close(orphan if self._takeover else replace(orphan, takeover=False))
        elif room := joined_room(records):
            self._joined.watch(room)
        await asyncio.to_thread(self._finished, records)

    async def finish(self) -> None:
        """When the worker stops, report the calls that ended after the last poll."""
        running = {job.job.id for job in self._jobs()}
        for call in self._known.keys() - running:
            records = await self._read(call)
            if any(record.name == "Ended" for record in records):
                await asyncio.to_thread(self._finished, records)

    async def _read(self, call: str) -> Sequence[Record]:
        """Return the records of this call. If the journal cannot be read, return no records, so that the room is still
        cleaned up.
        """
        try:
            return await asyncio.to_thread(_records, self._path, call)
        except Exception:  # reading a damaged file can raise any exception
            log.exception("the journal of a call cannot be read", extra={"call": call})
            return ()

    async def _next(self, call: str) -> int:
        """Return the number of the next record of this call. If the number is not known, return a number that no
        process uses.
        """
        try:
            return await asyncio.to_thread(_next_number, self._path, call)
        except Exception as error:  # noqa: BLE001  # `_read` has logged the error of a damaged file
            log.debug("the next number of a call is not known", extra={"call": call, "error": repr(error)})
            return _BEYOND

    def _append(self, call: str, seq: int, fact: Fact, *, began: Record | None = None) -> Record:
        now = time.time()
        elapsed = round(now - began.at, 3) if began else 0.0
        record = Record(call, seq, now, elapsed, "fact", type(fact).__name__, to_body(fact))
        self._journal.append(record)
        return record


def _lost(info: RunningJobInfo) -> LostCall:
    job = info.job
    resumes = _resumes(job.attributes.get(ATTRIBUTE, ""))
    agent = info.accept_arguments.identity or f"agent-{job.id}"
    return LostCall(job.id, job.room.name, agent, job.agent_name, resumes=resumes)


def _resumes(text: str) -> str:
    """Return the id of the call that this call takes over, or an empty string."""
    resumed = parse_resumed(text) if text else None
    return resumed.call if resumed else ""


def _records(path: Path, call: str) -> Sequence[Record]:
    with Reader(path) as reader:
        return reader.readable(call)


def _next_number(path: Path, call: str) -> int:
    with Reader(path) as reader:
        return reader.next_number(call)
