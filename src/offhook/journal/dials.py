"""Decides whether an outbound call may dial. A call is refused if its key was used before, if too many calls of its
trunk run, or if its trunk's limit of calls per minute would delay it for too long. The calls that dialled are stored in
the journal file.
"""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from offhook.journal.schema import journal_error, open_journal

__all__ = ["Claim", "Granted", "claim"]

_TABLE = """
CREATE TABLE IF NOT EXISTS dials (call TEXT NOT NULL, trunk TEXT NOT NULL, key TEXT NOT NULL, at REAL NOT NULL)
"""
_KEPT = 30 * 86_400.0
"""How many seconds a call that dialled is stored, with its key."""
_RUNNING = 86_400.0
"""A call that dialled more than this many seconds ago does not count as running, even if its end was never recorded."""
LONGEST_WAIT = 30.0
"""The longest time in seconds that a call may wait because its trunk has a limit of calls per minute."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A call's request to dial now. `at` is the Unix time of the request."""

    call: str
    trunk: str
    at: float
    key: str = ""
    per_minute: float | None = None
    at_once: int | None = None


@dataclass(frozen=True, slots=True)
class Granted:
    """The answer to a `Claim`: why the call may not dial (`refused`), or how many seconds to wait before it dials."""

    refused: str = ""
    wait: float = 0.0


def claim(journal: Path, asked: Claim) -> Granted:
    """Return whether this call may dial, and store the call if it may. The calls of all processes that use this journal
    are counted. Raises `JournalError`.
    """
    connection = open_journal(journal)
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(_TABLE)
        connection.execute("DELETE FROM dials WHERE at < ?", (asked.at - _KEPT,))
        granted = _decide(connection, asked)
        if not granted.refused:
            row = (asked.call, asked.trunk, asked.key, asked.at + granted.wait)
            connection.execute("INSERT INTO dials VALUES (?, ?, ?, ?)", row)
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise journal_error(journal, error) from error
    finally:
        connection.close()
    return granted


def _decide(connection: sqlite3.Connection, asked: Claim) -> Granted:
    if asked.key:
        query = "SELECT call FROM dials WHERE key = ? AND call <> ? LIMIT 1"
        if found := connection.execute(query, (asked.key, asked.call)).fetchone():
            return Granted(f"the call {found[0]} has dialled with the key {asked.key!r} already")
    if asked.at_once is not None and (running := _running(connection, asked)) >= asked.at_once:
        return Granted(f"{running} calls run on trunk {asked.trunk}, and at most {asked.at_once} are allowed")
    if asked.per_minute is None:
        return Granted()
    (last,) = connection.execute("SELECT max(at) FROM dials WHERE trunk = ?", (asked.trunk,)).fetchone()
    wait = 0.0 if last is None else max(0.0, last + 60 / asked.per_minute - asked.at)
    if wait > LONGEST_WAIT:
        return Granted(f"trunk {asked.trunk} has a queue of {wait:.0f} s at {asked.per_minute:g} calls in a minute")
    return Granted(wait=wait)


def _running(connection: sqlite3.Connection, asked: Claim) -> int:
    """Return the number of other calls of this trunk without a record `Ended` in the journal."""
    query = """
        SELECT count(DISTINCT call) FROM dials WHERE trunk = ? AND call <> ? AND at > ?
        AND NOT EXISTS (SELECT 1 FROM records WHERE records.call = dials.call AND records.name = 'Ended')
    """
    (count,) = connection.execute(query, (asked.trunk, asked.call, asked.at - _RUNNING)).fetchone()
    return int(count)
