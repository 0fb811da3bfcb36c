"""Reads the journal file of a worker. The reader never writes, and works even while another process writes."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from offhook.core.errors import JournalError
from offhook.journal.call_reader import CallReader, Summary
from offhook.journal.schema import BUSY, journal_error, read_version

__all__ = ["Reader", "Summary"]

_ON_ROUTE = """
WITH running AS (
    SELECT call FROM calls WHERE at >= ? AND NOT EXISTS (
        SELECT 1 FROM records WHERE records.call = calls.call AND name IN ('HangUpDone', 'Ended')
        AND seq > (SELECT max(seq) - 50 FROM records AS last WHERE last.call = calls.call)
    )
)
SELECT call FROM running JOIN records USING (call)
WHERE seq < 100 AND name = 'RouteMatched' AND json_extract(body, '$.route') = ? ORDER BY records.rowid
"""
# The query reads only the first and the last records of a call, because a route is chosen at the start of the call, and
# few records follow `Ended`.


class Reader(CallReader):
    """A journal file that is open for reading. The file can be read even if the process that wrote the journal was
    killed.
    """

    def __init__(self, path: Path) -> None:
        self._path, self.place = path, str(path)
        try:
            if not path.exists():
                raise _missing(path)
            uri = f"{path.absolute().as_uri()}?mode=ro"
            self._connection = sqlite3.connect(uri, uri=True, timeout=BUSY, isolation_level=None)
            self._connection.text_factory = _text
        except (OSError, ValueError, sqlite3.Error) as error:
            raise journal_error(path, error) from error
        try:
            if read_version(self._connection, path) == 0:
                raise _missing(path)
        except sqlite3.Error as error:
            self.close()
            raise journal_error(path, error) from error
        except JournalError:
            self.close()
            raise

    def close(self) -> None:
        self._connection.close()

    def next_number(self, call: str) -> int:
        """Return the number of the next record of this call."""
        return int(self.rows("SELECT coalesce(max(seq), -1) + 1 FROM records WHERE call = ?", call)[0][0])

    def open_calls(self, since: float, until: float) -> list[str]:
        """Return the calls that started between these Unix times and have no `Ended` record, oldest first."""
        query = (
            "SELECT call FROM calls WHERE at >= ? AND at < ? AND NOT EXISTS "
            "(SELECT 1 FROM records WHERE records.call = calls.call AND name = 'Ended') ORDER BY at"
        )
        return [str(row[0]) for row in self.rows(query, since, until)]

    def calls_on_route(self, route: str, *, since: float) -> list[str]:
        """Return the running calls of this route, in the order of their `RouteMatched` records."""
        return [str(row[0]) for row in self.rows(_ON_ROUTE, since, route)]

    def rows(self, query: str, *values: object) -> Sequence[tuple[Any, ...]]:
        try:
            return self._connection.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise journal_error(self._path, error) from error


def _text(stored: bytes) -> str:
    """Decode a text of the file. Bytes that are not UTF-8 are replaced, so that commands still work if a row is
    damaged.
    """
    return stored.decode(errors="replace")


def _missing(path: Path) -> JournalError:
    return JournalError(
        f"there is no journal at {path} yet; the first call creates the file. Read another file with --journal"
    )
