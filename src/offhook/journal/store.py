"""Writes rows to the journal file: a batch completely or not at all. After a failure, the next use opens a new
connection.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from offhook.core.webhooks import Receiver
from offhook.journal.identity import file_identity
from offhook.journal.masking import Correction
from offhook.journal.outbox import add_messages
from offhook.journal.redact import corrected_row, redacted_row
from offhook.journal.rows import COLUMNS
from offhook.journal.schema import BUSY, REDACTIONS, make_append_only, open_journal, unfinished

__all__ = ["CACHE", "Store"]

_RECORD = f"INSERT OR IGNORE INTO records ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608  # a constant
_CALL = "INSERT OR IGNORE INTO calls (call, at) VALUES (?, ?)"

_BODIES = "SELECT seq, name, body FROM records WHERE call = ? AND seq < ?"
_BODY = "SELECT body FROM records WHERE call = ? AND seq = ?"
_REDACT = "UPDATE records SET body = ? WHERE call = ? AND seq = ?"
CACHE = 128
"""Kilobytes of the file that the connection keeps in memory. With SQLite's default, a call of 1.5 hours would fill 2 MB
of memory without a benefit: a call only adds rows, so the connection does not read the old pages again.
"""
_PURGE = 100
"""Milliseconds that SQLite waits for readers to finish, so that it can empty the write-ahead log. Other writers wait
during this time.
"""


class Store:
    """A connection to the journal file, for one thread. The first use opens the connection."""

    def __init__(self, path: Path, receivers: Sequence[Receiver] = ()) -> None:
        self._path = path
        self._receivers = receivers
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        self.unfinished = False
        """True if old bytes of redacted rows may still be in the files, for example because a process died before
        `purge`.
        """

    def write(self, rows: Sequence[tuple[Any, ...]]) -> int:
        """Commit these rows and return the number of new rows. On an error, no row is stored."""
        try:
            connection = self._connected()
            connection.execute("BEGIN IMMEDIATE")
            first = {row[0]: row[2] for row in reversed(rows)}
            connection.executemany(_CALL, first.items())
            new = connection.executemany(_RECORD, rows).rowcount
            add_messages(connection, rows, self._receivers)
            connection.execute("COMMIT")
        except BaseException:
            self.close()
            raise
        return new

    def redact(self, call: str, before: int) -> None:
        """Redact those rows of this call whose number is below `before`. The old bytes may stay in the files until
        `purge`.
        """
        try:
            connection = self._connected()
            connection.execute("BEGIN IMMEDIATE")
            make_append_only(connection)
            connection.execute(REDACTIONS)
            found = connection.execute(_BODIES, (call, before)).fetchall()
            connection.executemany(_REDACT, [(redacted_row(name, body), call, seq) for seq, name, body in found])
            connection.execute("INSERT OR IGNORE INTO redactions VALUES (?, ?)", (call, before))
            connection.execute("COMMIT")
        except BaseException:
            self.close()
            raise

    def correct(self, corrections: Sequence[Correction]) -> None:
        """Overwrite the old texts with the corrected texts. The old bytes may stay in the files until `purge`."""
        try:
            connection = self._connected()
            connection.execute("BEGIN IMMEDIATE")
            make_append_only(connection)
            connection.execute(REDACTIONS)
            for one in corrections:
                for (body,) in connection.execute(_BODY, (one.call, one.seq)).fetchall():
                    connection.execute(_REDACT, (corrected_row(one.text, body), one.call, one.seq))
                connection.execute("INSERT OR IGNORE INTO redactions VALUES (?, ?)", (one.call, one.seq))
            connection.execute("COMMIT")
        except BaseException:
            self.close()
            raise

    def purge(self) -> bool:
        """Write the write-ahead log into the journal file, so that the new bytes replace the old bytes. Returns False
        if another process reads the file and prevents this.
        """
        try:
            connection = self._connected()
            found = unfinished(connection)
            connection.execute(f"PRAGMA busy_timeout = {_PURGE}")
            blocked = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            connection.execute(f"PRAGMA busy_timeout = {int(BUSY * 1000)}")
            if not blocked:
                connection.executemany("DELETE FROM redactions WHERE call = ? AND seq = ?", found)
                self.unfinished = False
        except BaseException:
            self.close()
            raise
        return not blocked

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _connected(self) -> sqlite3.Connection:
        if self._connection is not None and self._file != file_identity(self._path):
            # The file was moved or deleted, so a write to the old connection would not reach any visible file.
            self.close()
        if self._connection is None:
            self._connection = open_journal(self._path)
            self._connection.execute(f"PRAGMA cache_size = -{CACHE}")
            self._file = file_identity(self._path)
            self.unfinished = bool(unfinished(self._connection))
        return self._connection
