"""The cache of lookups: one SQLite file for all calls of a worker. If the file cannot be used, nothing is cached."""

import json
import logging
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["NAME", "Kept", "LookupCache"]

log = logging.getLogger("offhook")

NAME: str | None = "lookups.db"
"""The name of the file in the folder of the journal. A simulated call sets None, so that no file is written."""

_BUSY = 0.25
"""Maximum seconds to wait while another process writes to the file. Meanwhile, the caller hears the ringing tone."""
_TABLE = "CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, at REAL NOT NULL, until REAL NOT NULL, value TEXT)"


@dataclass(frozen=True, slots=True)
class Kept:
    """A stored answer of a lookup, and the age of the answer in seconds."""

    value: Any
    age: float


class LookupCache:
    """Reads and writes answers in the file. Only the user who runs the worker can read the file.

    An error is logged and never raised.
    """

    def __init__(self, journal: Path) -> None:
        self._path = journal.with_name(NAME) if NAME is not None else None

    def read(self, key: str, stale: float) -> Kept | None:
        """Return the answer if it is younger than `stale` seconds, otherwise None."""
        path = self._path
        if path is None or not path.exists():
            return None
        with _errors_logged(path), closing(_open(path)) as file:
            row = file.execute("SELECT at, value FROM answers WHERE key = ?", [key]).fetchone()
            age = time.time() - row[0] if row else stale
            if 0 <= age < stale:
                return Kept(json.loads(row[1]), age)
        return None

    def write(self, key: str, value: Any, stale: float) -> None:
        """Store the answer for `stale` seconds, and delete expired answers."""
        path, now = self._path, time.time()
        if path is None:
            return
        with _errors_logged(path), closing(_open(path)) as file:
            file.execute("DELETE FROM answers WHERE until < ?", [now])
            row = (key, now, now + stale, json.dumps(value))
            file.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?)", row)

    def clear(self) -> None:
        """Delete all answers, and also remove their bytes from the file. It is not possible to delete only the answers
        about one caller, because the cache keys are hashes.
        """
        path = self._path
        if path is None or not path.exists():
            return
        with _errors_logged(path), closing(_open(path)) as file:
            file.execute("DELETE FROM answers")
            file.execute("VACUUM")
            file.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _open(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    file = sqlite3.connect(path, timeout=_BUSY, isolation_level=None)
    file.execute("PRAGMA journal_mode = WAL")
    file.execute(_TABLE)
    return file


@contextmanager
def _errors_logged(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, sqlite3.Error) as error:
        log.warning("the cache of lookups cannot be used", extra={"path": str(path), "error": repr(error)})
