"""Deletes calls from the journal by age or by caller. After that, no byte of these calls is in a journal file."""

import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from offhook.core.errors import JournalError
from offhook.journal.call_reader import CallReader
from offhook.journal.place import JournalPlace
from offhook.journal.schema import REDACTIONS, journal_error, make_append_only, open_journal, unfinished
from offhook.journal.search import caller_equals, callers

__all__ = ["Selection", "prune", "select", "size_of"]

STALE = 24 * 3600.0
"""A call without a recorded end is deleted only if its last record is older than this many seconds, because the call
may still run.
"""
WAIT = 30.0
"""Seconds to wait for programs that read or write the journal."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The calls to delete, with the number and the size of their records. `running` has the calls that match but may
    still run, so they are not deleted.
    """

    calls: Sequence[str]
    records: int
    bytes: int
    running: Sequence[str] = ()


def select(reader: CallReader, *, before: float | None, caller: str = "", now: float) -> Selection:
    """Return the calls of `caller` that started before the Unix time `before`. Without `before`, any time matches;
    without `caller`, any caller matches.

    `caller` is a complete telephone number, name or participant identity.
    """
    finished, running = list[str](), list[str]()
    records = size = 0
    for summary in reader.started(0.0, float("inf") if before is None else before):
        if caller and not any(caller_equals(one, caller) for one in callers(reader, summary.call)):
            continue
        if summary.state == "open" and summary.last_at > now - STALE:
            running.append(summary.call)
            continue
        count, length = reader.extent(summary.call)
        finished.append(summary.call)
        records, size = records + count, size + length
    return Selection(tuple(finished), records, size, tuple(running))


def prune(place: JournalPlace, calls: Sequence[str]) -> None:
    """Delete these calls from every table of the journal, and their bytes from its files.

    PostgreSQL removes the bytes from its own files later, by itself. Raises `JournalError` if another program does not
    stop reading the file. In that case the rows are deleted, but some of their bytes stay in the file until the next
    `prune`, or until the next write of a worker.
    """
    if not isinstance(place, Path):
        from offhook.journal.postgres.prune import prune_postgres  # noqa: PLC0415  # only with PostgreSQL

        prune_postgres(place, calls)
        return
    path, connection = place, open_journal(place)
    try:
        _delete(connection, calls)
        connection.execute(f"PRAGMA busy_timeout = {int(WAIT * 1000)}")
        connection.execute("VACUUM")
        if not _emptied(connection):
            raise JournalError(
                f"the calls are deleted, but their bytes are still in {path}-wal, because another program reads the "
                "journal; stop that program, then run this again"
            )
    except sqlite3.Error as error:
        raise journal_error(path, error) from error
    finally:
        connection.close()


def size_of(place: JournalPlace) -> int:
    """Return the size in bytes of the journal's files, or of its tables in PostgreSQL."""
    if not isinstance(place, Path):
        from offhook.journal.postgres.prune import postgres_size  # noqa: PLC0415  # only with PostgreSQL

        return postgres_size(place)
    return sum(file.stat().st_size for suffix in ("", "-wal") if (file := Path(f"{place}{suffix}")).exists())


def _delete(connection: sqlite3.Connection, calls: Sequence[str]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        make_append_only(connection)
        connection.execute(REDACTIONS)
        for table in _tables(connection):
            connection.executemany(f'DELETE FROM "{table}" WHERE call = ?', [(call,) for call in calls])  # noqa: S608  # names of the schema
        # If this process dies before it empties the write-ahead log, the next worker finds the calls in `redactions`
        # and empties the log.
        connection.executemany("INSERT OR IGNORE INTO redactions VALUES (?, 0)", [(call,) for call in calls])
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise


def _tables(connection: sqlite3.Connection) -> list[str]:
    """Return every table with a column `call`, including the tables of offhook's other modules."""
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'table' "
        "AND EXISTS (SELECT 1 FROM pragma_table_info(sqlite_master.name) WHERE name = 'call')"
    )
    return [str(name) for (name,) in connection.execute(query).fetchall()]


def _emptied(connection: sqlite3.Connection) -> bool:
    """Write the write-ahead log into the journal file and empty the log. Return False if another process still reads
    the journal after `WAIT` seconds.
    """
    done = unfinished(connection)
    until = time.monotonic() + WAIT
    while connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
        if time.monotonic() >= until:
            return False
    connection.executemany("DELETE FROM redactions WHERE call = ? AND seq = ?", done)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return True
