"""Opens the journal file: makes it, brings it up to date, or says what is wrong with it."""

import sqlite3
from pathlib import Path

from offhook.core.errors import JournalError

__all__ = ["VERSION", "check", "complaint", "open_journal"]

VERSION = 1
APPLICATION = 0x0FF0_0C01
"""Written into the file's header, so that no other program's database is ever taken for a journal."""
BUSY = 5.0
"""Seconds to wait for another process that is writing."""

_CREATE = f"""
CREATE TABLE IF NOT EXISTS records (
    call TEXT NOT NULL, seq INTEGER NOT NULL, at REAL NOT NULL, elapsed REAL NOT NULL, kind TEXT NOT NULL,
    name TEXT NOT NULL, body TEXT NOT NULL, cause INTEGER, "by" TEXT NOT NULL, PRIMARY KEY (call, seq)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS calls (call TEXT NOT NULL PRIMARY KEY, at REAL NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS calls_by_time ON calls (at);
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {VERSION};
"""


def open_journal(path: Path) -> sqlite3.Connection:
    """Open the journal for writing; make the file and its folder, readable by their owner only, if there is none."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            path.touch(mode=0o600)
        connection = sqlite3.connect(path, timeout=BUSY, isolation_level=None)
    except (OSError, ValueError, sqlite3.Error) as error:
        raise complaint(path, error) from error
    try:
        _prepare(connection, path)
    except sqlite3.Error as error:
        connection.close()
        raise complaint(path, error) from error
    except JournalError:
        connection.close()
        raise
    return connection


def check(connection: sqlite3.Connection, path: Path) -> int:
    """The version of this journal, 0 for an empty file; raises `JournalError` for what is no journal of ours."""
    # One statement, one moment: another process may be making the tables right now.
    query = (
        "SELECT user_version, application_id, (SELECT count(*) FROM sqlite_master) "
        "FROM pragma_user_version, pragma_application_id"
    )
    version, application, tables = map(int, connection.execute(query).fetchone())
    if application != APPLICATION and (application or version or tables):
        raise JournalError(
            f"{path} is another program's database, not a journal; set OFFHOOK_JOURNAL (or --journal) to another file"
        )
    if version > VERSION:
        raise JournalError(
            f"{path} was written by a newer offhook (journal version {version}, this one knows {VERSION}); "
            "upgrade offhook, or set OFFHOOK_JOURNAL (or --journal) to another file"
        )
    return version


def complaint(path: Path, error: Exception) -> JournalError:
    """What is wrong with this file and what to do about it."""
    if getattr(error, "sqlite_errorname", "") in ("SQLITE_NOTADB", "SQLITE_CORRUPT"):
        return JournalError(
            f"{path} is damaged or not a journal ({error}); move it away, or set OFFHOOK_JOURNAL (or --journal) "
            "to another file"
        )
    reason = getattr(error, "strerror", None) or error
    return JournalError(
        f"cannot open the journal {path}: {reason}; make its folder writable and see that the disk has room, "
        "or set OFFHOOK_JOURNAL (or --journal) to another file"
    )


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    version = check(connection, path)
    mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    if mode != "wal":
        raise JournalError(f"{path} is on a disk without write-ahead logging; put the journal on a local disk")
    # A killed process loses nothing; a power cut may cost the last moments, never the file.
    connection.execute("PRAGMA synchronous = NORMAL")
    # What is forgotten leaves no trace in the file's free space.
    connection.execute("PRAGMA secure_delete = ON")
    if version < VERSION:
        _migrate(connection, path)


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    """All in one transaction: of several processes one does it, the others wait and find it done."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        if check(connection, path) < VERSION:
            for statement in filter(str.strip, _CREATE.split(";")):
                connection.execute(statement)
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise
