"""Creates and migrates the tables in PostgreSQL. Refuses tables of another program or of a newer offhook."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from offhook.core.errors import JournalError
from offhook.core.postgres_address import PostgresAddress

if TYPE_CHECKING:
    import asyncpg

__all__ = ["STEPS", "check_version", "journal_version", "prepare"]

_VERSION_1 = """
CREATE TABLE offhook.calls (
    call text COLLATE "C" PRIMARY KEY, at double precision NOT NULL, journal text NOT NULL
);
CREATE INDEX calls_by_time ON offhook.calls (at);
CREATE TABLE offhook.records (
    call text COLLATE "C" NOT NULL REFERENCES offhook.calls ON DELETE CASCADE,
    seq bigint NOT NULL, at double precision NOT NULL, elapsed double precision NOT NULL, kind text NOT NULL,
    name text NOT NULL, body jsonb NOT NULL, cause bigint, "by" text NOT NULL, PRIMARY KEY (call, seq)
);
CREATE TABLE offhook.pruned (call text COLLATE "C" PRIMARY KEY, at timestamptz NOT NULL DEFAULT now());
"""
# `journal` identifies the file from which a call came. `pruned` lists the deleted calls, so that a worker that still
# has records of a deleted call does not ship these records again.
STEPS: Final = (_VERSION_1,)
"""Each step has the statements that migrate the tables to the next version. Therefore the number of steps is also the
newest version.
"""
_LOCK: Final = 0x0FF0_0C01
"""The number of a PostgreSQL advisory lock. A worker creates or migrates the tables only while it holds this lock,
because several workers may start at the same time.
"""
_TABLES = "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'offhook'"


async def prepare(connection: "asyncpg.Connection", address: PostgresAddress, steps: Sequence[str] = STEPS) -> None:
    """Create or migrate the tables, in one transaction. Raises `JournalError` for tables that offhook cannot use."""
    if await journal_version(connection, address, len(steps)) == len(steps):
        return
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        version = await journal_version(connection, address, len(steps))
        if not version:
            if not await connection.fetchval("SELECT to_regnamespace('offhook') IS NOT NULL"):
                await connection.execute("CREATE SCHEMA offhook")
            await connection.execute("CREATE TABLE offhook.journal_version (version integer NOT NULL)")
            await connection.execute("INSERT INTO offhook.journal_version VALUES (0)")
        for step in steps[version:]:
            await connection.execute(step)
        await connection.execute("UPDATE offhook.journal_version SET version = $1", len(steps))


async def check_version(connection: "asyncpg.Connection", address: PostgresAddress, newest: int = len(STEPS)) -> None:
    """Raise `JournalError` if the database has no journal that this offhook can read."""
    version = await journal_version(connection, address, newest)
    if not version:
        raise JournalError(
            f"there is no journal in {address.shown} yet; a worker with OFFHOOK_POSTGRES ships its calls there"
        )
    if version < newest:
        raise JournalError(
            f"the journal in {address.shown} was written by an older offhook (version {version}, this offhook reads "
            f"{newest}); start a worker of this offhook with OFFHOOK_POSTGRES once, which migrates the journal"
        )


async def journal_version(connection: "asyncpg.Connection", address: PostgresAddress, newest: int) -> int:
    """Return the version of the tables, or 0 if there are no tables."""
    tables = {str(row[0]) for row in await connection.fetch(_TABLES)}
    if "journal_version" not in tables:
        if tables:
            some = ", ".join(sorted(tables)[:3])
            raise JournalError(
                f"the schema offhook in {address.shown} belongs to another program (it has {some}); "
                "use another database"
            )
        return 0
    version = int(await connection.fetchval("SELECT version FROM offhook.journal_version"))
    if version > newest:
        raise JournalError(
            f"the journal in {address.shown} was written by a newer offhook (version {version}, this offhook knows up "
            f"to {newest}); upgrade offhook, or use another database"
        )
    return version
