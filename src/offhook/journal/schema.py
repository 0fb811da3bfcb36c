"""Opens the journal file. Creates or migrates the file if this is necessary."""

import sqlite3
from pathlib import Path

from offhook.core.errors import JournalError

__all__ = [
    "BUSY",
    "REDACTIONS",
    "VERSION",
    "journal_error",
    "make_append_only",
    "open_journal",
    "read_version",
    "unfinished",
]

VERSION = 3
"""The journal version of this offhook. Version 2 has new names for records, fields and policies. The module `version_1`
translates the old names for readers. Version 3 has the outbox of webhooks.
"""
APPLICATION = 0x0FF0_0C01
"""An id in the file's header, which distinguishes a journal from the database of another program."""
BUSY = 5.0
"""Seconds that SQLite waits while another process writes."""

_RECORDS = """
CREATE TABLE IF NOT EXISTS records (
    call TEXT NOT NULL, seq INTEGER NOT NULL, at REAL NOT NULL, elapsed REAL NOT NULL, kind TEXT NOT NULL,
    name TEXT NOT NULL, body TEXT NOT NULL, cause INTEGER, "by" TEXT NOT NULL, PRIMARY KEY (call, seq)
)
"""
# This table has row ids, so SQLite adds rows only at the end. In a table that is sorted by call, SQLite would split
# pages and move rows. The old bytes of a moved row would stay in the free part of the page, even with secure_delete.
_OUTBOX = """
CREATE TABLE IF NOT EXISTS outbox (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, receiver TEXT NOT NULL, event TEXT NOT NULL,
    call TEXT NOT NULL, seq INTEGER NOT NULL, at REAL NOT NULL, state TEXT NOT NULL DEFAULT 'pending',
    attempts INTEGER NOT NULL DEFAULT 0, due REAL NOT NULL, error TEXT NOT NULL DEFAULT '', UNIQUE (receiver, id)
)
"""
# The outbox has no speech: offhook makes the text of a message from the records when it sends the message.
_CREATE = f"""
{_RECORDS};
{_OUTBOX};
CREATE INDEX IF NOT EXISTS outbox_by_call ON outbox (receiver, call, number) WHERE state = 'pending';
CREATE INDEX IF NOT EXISTS outbox_by_due ON outbox (receiver, due, number) WHERE state = 'pending';
CREATE TABLE IF NOT EXISTS calls (call TEXT NOT NULL PRIMARY KEY, at REAL NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS calls_by_time ON calls (at);
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {VERSION};
"""

REDACTIONS = "CREATE TABLE IF NOT EXISTS redactions (call TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (call, seq))"
"""Creates the table of redactions that are complete in the rows, but perhaps not in the bytes of the files. After a
crash, the next process completes these redactions.
"""


def open_journal(path: Path) -> sqlite3.Connection:
    """Open the journal for writing. If this function creates the file or its folder, only the owner can read them."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            path.touch(mode=0o600)
        connection = sqlite3.connect(path, timeout=BUSY, isolation_level=None)
    except (OSError, ValueError, sqlite3.Error) as error:
        raise journal_error(path, error) from error
    try:
        _prepare(connection, path)
    except sqlite3.Error as error:
        connection.close()
        raise journal_error(path, error) from error
    except JournalError:
        connection.close()
        raise
    return connection


def read_version(connection: sqlite3.Connection, path: Path) -> int:
    """Return the version of this journal, or 0 for an empty file. Raises `JournalError` if the file is not a journal,
    or if a newer offhook wrote the journal.
    """
    # One statement reads all values at the same moment, because another process may be creating the tables.
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
            f"{path} was written by a newer offhook (journal version {version}, this offhook reads up to {VERSION}); "
            "upgrade offhook, or set OFFHOOK_JOURNAL (or --journal) to another file"
        )
    return version


def unfinished(connection: sqlite3.Connection) -> list[tuple[str, int]]:
    """Return the redactions that may be incomplete. Their table exists only after the first redaction."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'redactions'").fetchone():
        return []
    return connection.execute("SELECT call, seq FROM redactions").fetchall()


def make_append_only(connection: sqlite3.Connection) -> None:
    """If the table of records has no row ids, copy the records into a new table with row ids. SQLite overwrites the
    bytes of the old table with zeros.
    """
    (statement,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'records'").fetchone()
    if "WITHOUT ROWID" not in statement:
        return
    connection.execute("ALTER TABLE records RENAME TO records_by_call")
    connection.execute(_RECORDS)
    connection.execute("INSERT INTO records SELECT * FROM records_by_call ORDER BY at")
    connection.execute("DROP TABLE records_by_call")


def journal_error(path: Path, error: Exception) -> JournalError:
    """Return a `JournalError` for this file, with the cause and the remedy."""
    if getattr(error, "sqlite_errorname", "") in ("SQLITE_NOTADB", "SQLITE_CORRUPT"):
        return JournalError(
            f"{path} is damaged or not a journal ({error}); move it away, or set OFFHOOK_JOURNAL (or --journal) "
            "to another file"
        )
    reason = getattr(error, "strerror", None) or error
    return JournalError(
        f"cannot open the journal {path}: {reason}; make its folder writable and check that the disk has free space, "
        "or set OFFHOOK_JOURNAL (or --journal) to another file"
    )


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    version = read_version(connection, path)
    mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    if mode != "wal":
        raise JournalError(f"{path} is on a disk without write-ahead logging; put the journal on a local disk")
    # If the process is killed, no record is lost. A power failure may lose the last records, but not the file.
    connection.execute("PRAGMA synchronous = NORMAL")
    # With this option, no bytes of redacted speech stay in the free space of the file.
    connection.execute("PRAGMA secure_delete = ON")
    if version < VERSION:
        _migrate(connection, path)


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Migrate the tables in one transaction. The first process migrates. Other processes wait, and then find the new
    version.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        if read_version(connection, path) < VERSION:
            for statement in filter(str.strip, _CREATE.split(";")):
                connection.execute(statement)
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise
