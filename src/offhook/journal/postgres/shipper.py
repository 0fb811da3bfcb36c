"""Ships the records of a journal file to PostgreSQL: at least once, in the order in which they were written."""

import asyncio
import contextlib
import logging
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from offhook.core.errors import JournalError
from offhook.core.postgres_address import PostgresAddress
from offhook.journal.changes import Backlog, Changes
from offhook.journal.identity import file_identity
from offhook.journal.lock import FileLock
from offhook.journal.postgres.connect import connect, explained
from offhook.journal.postgres.schema import prepare
from offhook.journal.postgres.write import PostgresWriter

if TYPE_CHECKING:
    import asyncpg

__all__ = ["Progress", "Shipper"]

log = logging.getLogger("offhook")

POLL: Final = 1.0
"""Seconds between two checks for new records. The checks are necessary, because SQLite does not report when another
process has written.
"""
RETRY_MOST: Final = 30.0
REMIND: Final = 600.0
"""Seconds between two log messages while the database cannot be used."""


@dataclass(slots=True)
class Progress:
    """The progress of shipping. Another thread may read it. `working` is True if the last attempt succeeded."""

    backlog: Backlog = field(default_factory=Backlog)
    shipped: int = 0
    working: bool = True


class Shipper:
    """Ships one journal file to one database. All work, including the reading of the file, runs on the event
    loop of `run`.
    """

    def __init__(self, path: Path, address: PostgresAddress, *, poll: float = POLL) -> None:
        self.progress = Progress()
        self._path = path
        self._address = address
        self._poll = self._wait = poll
        self._changes: Changes | None = None
        self._file: tuple[int, int] | None = None
        self._connection: asyncpg.Connection | None = None
        self._failing_since: float | None = None
        self._remind_at = 0.0

    async def run(self, stopping: asyncio.Event) -> None:
        """Ship new records at intervals until `stopping` is set, and then one last time. Errors are logged and do not
        end this loop.
        """
        log.info("records are shipped to PostgreSQL", extra={"database": self._address.shown})
        try:
            with FileLock(self._path.with_name(f"{self._path.name}-postgres.lock")) as lock:
                last = False
                while not last:
                    last = stopping.is_set()
                    await self._attempt(lock)
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(self._wait):
                            await stopping.wait()
        finally:
            self._close()

    async def _attempt(self, lock: FileLock) -> None:
        try:
            await self._ship(lock)
        except (JournalError, OSError) as error:
            self._failed(str(error))
        except Exception as error:  # shipping must not end while the worker runs
            if self.progress.working:
                log.exception("records could not be shipped to PostgreSQL")
            self._failed(repr(error))
        else:
            self._succeeded()

    async def _ship(self, lock: FileLock) -> None:
        """Ship all records that are not shipped yet. If another worker with the same journal file has the lock, ship
        nothing.
        """
        changes = self._opened()
        self.progress.backlog = changes.backlog()
        if not lock.take():
            return
        if self._connection is None or self._connection.is_closed():
            self._connection = await connect(self._address)
            with explained(self._address):
                await prepare(self._connection, self._address)
        writer = PostgresWriter(self._connection, changes.journal)
        while batch := changes.next_batch():
            with explained(self._address):
                await writer.write(batch)
            changes.done(batch)
            self.progress.shipped += len(batch.rows)
            self.progress.backlog = changes.backlog()
            self._succeeded()

    def _opened(self) -> Changes:
        """Return the open journal file. If the file was moved or deleted, open the new file at the same path, because
        calls now write there.
        """
        if self._changes is not None and self._file != file_identity(self._path):
            self._changes.close()
            self._changes = None
        if self._changes is None:
            self._changes = Changes(self._path)
            self._file = file_identity(self._path)
        return self._changes

    def _failed(self, error: str) -> None:
        """Log the first failure, and reminders while the failure lasts. Calls continue, and the records wait in the
        file.
        """
        now = time.monotonic()
        backlog = self.progress.backlog
        if self._failing_since is None:
            self._failing_since = self._remind_at = now
        if now >= self._remind_at:
            self._remind_at = now + REMIND
            extra = {"error": error, "waiting": backlog.records, "seconds": round(now - self._failing_since)}
            log.error("records wait in the journal: they cannot be shipped to PostgreSQL", extra=extra)
        self.progress.working = False
        self._wait = min(2 * self._wait, RETRY_MOST)
        self._close()

    def _succeeded(self) -> None:
        if self._failing_since is not None:
            seconds = round(time.monotonic() - self._failing_since)
            log.warning("records are shipped to PostgreSQL again", extra={"seconds": seconds})
        self._failing_since = None
        self.progress.working = True
        self._wait = self._poll

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
        if self._changes is not None:
            self._changes.close()
        self._connection = self._changes = None
