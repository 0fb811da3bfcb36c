"""Rows onto the disk: all of a batch or nothing, and a fresh start after every failure."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from offhook.journal.rows import COLUMNS
from offhook.journal.schema import open_journal

__all__ = ["Store"]

_RECORD = f"INSERT OR IGNORE INTO records ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608  # our constant
_CALL = "INSERT OR IGNORE INTO calls (call, at) VALUES (?, ?)"

_FORGET = """
UPDATE records SET body = json_replace(
    body, '$.text', :gone, '$.arguments', :gone, '$.output', :gone, '$.digit', :gone, '$.instructions', :gone,
    '$.goodbye', :gone
) WHERE call = :call AND seq < :seq AND name IN (
    'Heard', 'Said', 'KeyPressed', 'ToolStarted', 'ToolEnded', 'MessageAdded', 'Say', 'Ask', 'EndWanted', 'EndCall'
)
"""
"""What was said, without the words."""


class Store:
    """One connection, used by one thread only; opened when it is needed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None

    def write(self, rows: Sequence[tuple[Any, ...]]) -> int:
        """Commit these rows; how many of them were new. Raises and keeps nothing when it cannot."""
        try:
            connection = self._connected()
            connection.execute("BEGIN IMMEDIATE")
            first = {row[0]: row[2] for row in reversed(rows)}
            connection.executemany(_CALL, first.items())
            new = connection.executemany(_RECORD, rows).rowcount
            for call, seq in [(row[0], row[1]) for row in rows if row[5] == "Forgotten"]:
                connection.execute(_FORGET, {"call": call, "seq": seq, "gone": "[forgotten]"})
            connection.execute("COMMIT")
        except BaseException:
            self.close()
            raise
        return new

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _connected(self) -> sqlite3.Connection:
        if self._connection is not None and self._file != self._identity():
            # The file was moved or deleted under us: what we write now would be in no file that anybody can open.
            self.close()
        if self._connection is None:
            self._connection = open_journal(self._path)
            self._file = self._identity()
        return self._connection

    def _identity(self) -> tuple[int, int] | None:
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return None
        return status.st_dev, status.st_ino
