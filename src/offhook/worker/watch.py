"""Watches this worker's own calls from its main process: a job that died without a word is settled here.

LiveKit tells nobody when a job process is killed: the agent stays listed for 20 s and the caller sits in silence.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence

from livekit.agents.job import RunningJobInfo

from offhook.core.errors import JournalError
from offhook.core.facts import Accepted, Ended, Fact
from offhook.core.record import Record, body_of
from offhook.journal.reader import Reader
from offhook.journal.writer import Journal
from offhook.settings import Settings
from offhook.worker.open_lines import OpenLine, OpenLines, left_open

__all__ = ["Watch"]

log = logging.getLogger("offhook")

_LOOK = 0.5


class Watch:
    """Writes what only the main process knows: that a call was taken, and that its process died."""

    def __init__(self, settings: Settings, running: Callable[[], Sequence[RunningJobInfo]]) -> None:
        self._path = settings.journal
        self._running = running
        self._journal = Journal.open(settings.journal)
        self._known: dict[str, tuple[str, str]] = {}
        self._lines = OpenLines()

    def accepted(self, call: str, room: str) -> None:
        """Note that this worker took the call."""
        self._append(call, 0, Accepted(room))

    def launched(self, call: str, room: str) -> None:
        """Note that its job runs; one that dies between two looks would not be seen otherwise."""
        self._known[call] = (room, f"agent-{call}")

    def close(self) -> None:
        self._journal.close()

    async def run(self) -> None:
        """Look for ever. LiveKit has no public event for the end of a job."""
        try:
            await self._look()
        finally:
            await self._lines.stop()

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(_LOOK)
            running = {job.job.id: (job.job.room.name, job.accept_arguments.identity) for job in self._jobs()}
            gone = {call: where for call, where in self._known.items() if call not in running}
            self._known = running
            for call, (room, identity) in gone.items():
                await self._settle(call, room, identity)

    def _jobs(self) -> Sequence[RunningJobInfo]:
        try:
            return [job for job in self._running() if not job.fake_job]
        except AttributeError:  # LiveKit makes its process pool only when it runs
            return ()

    async def _settle(self, call: str, room: str, identity: str) -> None:
        try:
            records = await asyncio.to_thread(self._read, call)
        except JournalError:
            return  # nobody can tell whether it ended; the writer has said loudly what is wrong
        if any(record.name == "Ended" for record in records):
            if (line := left_open(records, room=room, agent=identity)) is not None:
                if not line.returns:
                    log.error("a call left its line open; it is closed from here", extra={"call": call, "room": room})
                self._lines.close(line)
            return
        log.error("a call's process died; its room is closed", extra={"call": call})
        last = records[-1].seq if records else 0
        self._append(
            call, last + 1, Ended("error", detail="the job process died"), began=records[0] if records else None
        )
        self._lines.close(OpenLine(call, room, identity))

    def _read(self, call: str) -> Sequence[Record]:
        with Reader(self._path) as reader:
            return reader.records(call)

    def _append(self, call: str, seq: int, fact: Fact, *, began: Record | None = None) -> None:
        now = time.time()
        elapsed = round(now - began.at, 3) if began else 0.0
        self._journal.append(Record(call, seq, now, elapsed, "fact", type(fact).__name__, body_of(fact)))
