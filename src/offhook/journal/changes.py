"""Finds out which records of a journal file must be shipped to PostgreSQL.

SQLite triggers write a note for each new and each changed record, in the same transaction as the record. Therefore
every record has its note, even after a crash. A note has the number of the record, but no speech: the shipper reads the
record only when it ships the record.
"""

import sqlite3
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from offhook.journal.rows import COLUMNS
from offhook.journal.schema import journal_error, make_append_only, open_journal

__all__ = ["Backlog", "Batch", "Change", "Changes"]

MOST_RECORDS: Final = 500
MOST_BYTES: Final = 4_000_000
"""Maximum bytes of one batch. A record with more bytes gets a batch of its own."""

_NOW = "(julianday('now') - 2440587.5) * 86400.0"  # Unix time
_TABLE = """
CREATE TABLE IF NOT EXISTS changes (
    number INTEGER PRIMARY KEY AUTOINCREMENT, call TEXT NOT NULL, seq INTEGER NOT NULL, at REAL NOT NULL
)
"""
_NOTE = f"INSERT INTO changes (call, seq, at) VALUES (NEW.call, NEW.seq, {_NOW})"  # noqa: S608  # constants
_NOTE_ALL = f"INSERT INTO changes (call, seq, at) SELECT call, seq, {_NOW} FROM records ORDER BY rowid"  # noqa: S608  # constants
_CREATE: Final = (
    _TABLE,
    "CREATE TABLE IF NOT EXISTS journal_identity (journal TEXT NOT NULL)",
    "DROP TRIGGER IF EXISTS record_added",
    "DROP TRIGGER IF EXISTS record_changed",
    f"CREATE TRIGGER record_added AFTER INSERT ON records BEGIN {_NOTE}; END",
    f"CREATE TRIGGER record_changed AFTER UPDATE ON records BEGIN {_NOTE}; END",
    # Write a note for each existing record, even for records that have a note already. Shipping a record twice changes
    # nothing.
    "DELETE FROM changes",
    _NOTE_ALL,
)
_NEXT = """
SELECT number, length(CAST(body AS BLOB)) FROM changes LEFT JOIN records USING (call, seq) ORDER BY number LIMIT ?
"""
_ROWS = f"""
SELECT {COLUMNS} FROM (SELECT call, seq, min(number) AS number FROM changes WHERE number <= ? GROUP BY call, seq)
JOIN records USING (call, seq) ORDER BY number
"""  # noqa: S608  # constants
_STARTS = """
SELECT call, at, (SELECT min(seq) FROM records WHERE records.call = calls.call) FROM calls
WHERE call IN (SELECT call FROM changes WHERE number <= ?)
"""
_BACKLOG = """
SELECT 1 + (SELECT max(number) FROM changes) - number, at FROM changes ORDER BY number LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Change:
    """A call: its start in Unix time (`at`), and the number of its first record in this file (`first`)."""

    at: float
    first: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Records to ship, in the order in which they were written, and their calls. `last` is the number of the last
    note in this batch.
    """

    rows: Sequence[tuple[Any, ...]]
    calls: dict[str, Change]
    last: int


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many records wait to be shipped, and the Unix time since which the oldest of them waits."""

    records: int = 0
    since: float | None = None


class Changes:
    """The records of one journal file that wait to be shipped. Use this object only in the thread that made it. Raises
    `JournalError`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = open_journal(path)
        self._connection.text_factory = _text
        try:
            self.journal = self._prepare()
        except sqlite3.Error as error:
            self.close()
            raise journal_error(path, error) from error

    def close(self) -> None:
        self._connection.close()

    def next_batch(self) -> Batch | None:
        """Return the records that have waited longest, in a batch of limited size; None if no record waits."""
        noted = self._run(_NEXT, MOST_RECORDS)
        if not noted:
            return None
        last, size = noted[0][0], noted[0][1] or 0
        for number, length in noted[1:]:
            size += length or 0
            if size > MOST_BYTES:
                break
            last = number
        calls = {call: Change(at, first or 0) for call, at, first in self._run(_STARTS, last)}
        return Batch(self._run(_ROWS, last), calls, last)

    def done(self, batch: Batch) -> None:
        """Remove the notes of this batch. If a record was changed after the batch was read, its new note stays."""
        self._run("DELETE FROM changes WHERE number <= ?", batch.last)

    def backlog(self) -> Backlog:
        """Return the number of waiting records, and the time of the oldest. The number may be too large if records
        were changed or pruned.
        """
        found = self._run(_BACKLOG)
        return Backlog(*found[0]) if found else Backlog()

    def _prepare(self) -> str:
        """Return the id of this journal. If the file has no triggers yet, create them and write a note for each
        existing record.
        """
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            triggers = "SELECT count(*) FROM sqlite_master WHERE name IN ('record_added', 'record_changed')"
            if connection.execute(triggers).fetchone()[0] < 2:
                make_append_only(connection)  # before the triggers: it may replace the table that they watch
                for statement in _CREATE:
                    connection.execute(statement)
            found = connection.execute("SELECT journal FROM journal_identity").fetchone()
            journal = str(found[0]) if found else uuid.uuid4().hex
            if not found:
                connection.execute("INSERT INTO journal_identity VALUES (?)", (journal,))
            connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                connection.rollback()
            raise
        return journal

    def _run(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise journal_error(self._path, error) from error


def _text(stored: bytes) -> str:
    """Decode a text of the file; bytes that are not UTF-8 are replaced."""
    return stored.decode(errors="replace")
