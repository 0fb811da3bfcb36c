"""Helpers for tests that ship a journal file to a real PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from offhook.core.facts import CallerFound, Connected, Ended, Fact, JobAccepted, MessageCommitted
from offhook.core.postgres_address import PostgresAddress, parse_postgres
from offhook.core.record import Record, to_body
from offhook.journal.lock import FileLock
from offhook.journal.place import JournalPlace, open_calls
from offhook.journal.postgres.shipper import Shipper
from offhook.journal.writer import Journal


def records_of(call: str, *facts: Fact, at: float = 1000.0, first: int = 0) -> list[Record]:
    return [
        Record(call, seq, at + seq, float(seq), "fact", type(fact).__name__, to_body(fact))
        for seq, fact in enumerate(facts, first)
    ]


def whole_call(call: str, *, at: float = 1000.0, number: str = "+15105550100", turns: int = 3) -> list[Record]:
    said = (MessageCommitted(role, f"{call} says {turn}") for turn in range(turns) for role in ("user", "assistant"))
    facts = (JobAccepted("desk"), Connected("desk", "agent"), CallerFound("sip_1", True, True, number=number), *said)
    return records_of(call, *facts, Ended("caller_hung_up", seconds=9.0), at=at)


def write(path: Path, records: Iterable[Record]) -> None:
    journal = Journal.open(path)
    for record in records:
        journal.append(record)
    assert journal.close(20)


def ship(path: Path, database: str) -> Shipper:
    """Ship everything that waits, and return the shipper that has done it."""
    shipper = Shipper(path, parse_postgres(database))

    async def run() -> None:
        stopping = asyncio.Event()
        stopping.set()
        await shipper.run(stopping)

    asyncio.run(run())
    return shipper


class RunningShipper(Shipper):
    """A shipper whose attempts can be waited for."""

    def __init__(self, path: Path, database: str) -> None:
        super().__init__(path, parse_postgres(database), poll=0.05)
        self._begun = self._ended = 0
        self._attempted = asyncio.Condition()

    async def _attempt(self, lock: FileLock) -> None:
        self._begun += 1
        await super()._attempt(lock)
        async with self._attempted:
            self._ended = self._begun
            self._attempted.notify_all()

    async def fails(self) -> None:
        """Wait for an attempt that begins after now and fails."""
        await self._after_now(lambda: not self.progress.working)

    async def catches_up(self) -> None:
        """Wait for an attempt that begins after now and leaves nothing to ship."""
        await self._after_now(lambda: self.progress.working and not self.progress.backlog.records)

    async def _after_now(self, reached: Callable[[], bool]) -> None:
        begun = self._begun
        async with asyncio.timeout(20), self._attempted:
            await self._attempted.wait_for(lambda: self._ended > begun and reached())


@asynccontextmanager
async def shipping(path: Path, database: str) -> AsyncIterator[RunningShipper]:
    """Ship while the block runs, and once more at its end."""
    shipper, stopping = RunningShipper(path, database), asyncio.Event()
    running = asyncio.create_task(shipper.run(stopping))
    try:
        yield shipper
    finally:
        stopping.set()
        await running


def read(place: JournalPlace | str, call: str) -> Sequence[Record]:
    with open_calls(place_of(place)) as reader:
        return reader.records(call)


def place_of(place: JournalPlace | str) -> Path | PostgresAddress:
    return parse_postgres(place) if isinstance(place, str) else place
