"""Watches the worker's calls from the main process, and ends a call whose job process died.

LiveKit sends no event when a job process is killed. The agent stays listed for 20 s and the caller hears silence.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence

from livekit.agents.job import RunningJobInfo

from offhook.core.errors import JournalError
from offhook.core.facts import Ended, Fact, JobAccepted
from offhook.core.record import Record, to_body
from offhook.journal.reader import Reader
from offhook.journal.writer import Journal
from offhook.settings import Settings
from offhook.worker.orphan_rooms import OrphanRoom, OrphanRooms, find_orphan

__all__ = ["JobWatch"]

log = logging.getLogger("offhook")

_POLL_INTERVAL = 0.5


class JobWatch:
    """Records what only the main process can see: that a call was accepted, and that its job process died."""

    def __init__(
        self,
        settings: Settings,
        running: Callable[[], Sequence[RunningJobInfo]],
        finished: Callable[[Sequence[Record]], None] = lambda _: None,
    ) -> None:
        """`finished` is called in a thread with the records of each call that has ended."""
        self._path = settings.journal
        self._running = running
        self._finished = finished
        self._journal = Journal.open(settings.journal, settings.webhook_receivers)
        self._known: dict[str, tuple[str, str]] = {}
        self._orphans = OrphanRooms()

    def accepted(self, call: str, room: str) -> None:
        """Record that this worker accepted the call."""
        self._append(call, 0, JobAccepted(room))

    def launched(self, call: str, room: str) -> None:
        """Note that the job runs. Without this note, a job that dies between two polls would be missed."""
        self._known[call] = (room, f"agent-{call}")

    def close(self) -> None:
        self._journal.close()

    async def run(self) -> None:
        """Poll until cancelled. LiveKit has no public event for the end of a job."""
        try:
            await self._poll()
        finally:
            await self._orphans.stop()

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(_POLL_INTERVAL)
            running = {job.job.id: (job.job.room.name, job.accept_arguments.identity) for job in self._jobs()}
            gone = {call: place for call, place in self._known.items() if call not in running}
            self._known = running
            for call, (room, identity) in gone.items():
                await self._finish_dead(call, room, identity)

    def _jobs(self) -> Sequence[RunningJobInfo]:
        try:
            return [job for job in self._running() if not job.fake_job]
        except AttributeError:  # LiveKit creates its process pool only in `run`
            return ()

    async def _finish_dead(self, call: str, room: str, identity: str) -> None:
        """If there is an `Ended` record, close what the call left open. Otherwise write it and close the room."""
        try:
            records = await asyncio.to_thread(self._read, call)
        except JournalError:
            return  # the journal cannot be read, so nobody knows whether the call has ended
        if any(record.name == "Ended" for record in records):
            if (orphan := find_orphan(records, room=room, agent=identity)) is not None:
                if not orphan.caller_may_return:
                    log.error("a call left its room open; closing the room", extra={"call": call, "room": room})
                self._orphans.close(orphan)
            await asyncio.to_thread(self._finished, records)
            return
        log.error("a job process died; closing its room", extra={"call": call})
        last = records[-1].seq if records else 0
        ended = self._append(
            call, last + 1, Ended("error", detail="the job process died"), began=records[0] if records else None
        )
        self._orphans.close(OrphanRoom(call, room, identity))
        await asyncio.to_thread(self._finished, [*records, ended])

    async def finish(self) -> None:
        """Report the calls that ended after the last poll, when the worker stops."""
        running = {job.job.id for job in self._jobs()}
        for call in self._known.keys() - running:
            try:
                records = await asyncio.to_thread(self._read, call)
            except JournalError:
                continue
            if any(record.name == "Ended" for record in records):
                await asyncio.to_thread(self._finished, records)

    def _read(self, call: str) -> Sequence[Record]:
        with Reader(self._path) as reader:
            return reader.records(call)

    def _append(self, call: str, seq: int, fact: Fact, *, began: Record | None = None) -> Record:
        now = time.time()
        elapsed = round(now - began.at, 3) if began else 0.0
        record = Record(call, seq, now, elapsed, "fact", type(fact).__name__, to_body(fact))
        self._journal.append(record)
        return record
