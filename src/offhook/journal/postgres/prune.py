"""Deletes calls from PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from offhook.core.postgres_address import PostgresAddress
from offhook.journal.postgres.connect import connect, explained

if TYPE_CHECKING:
    import asyncpg

__all__ = ["postgres_size", "prune_postgres"]

_MARK = "INSERT INTO offhook.pruned (call) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING"
_DELETE = "DELETE FROM offhook.calls WHERE call = ANY ($1)"  # the foreign key also deletes the records of these calls
_SIZE = "SELECT pg_total_relation_size('offhook.calls') + pg_total_relation_size('offhook.records')"


def prune_postgres(address: PostgresAddress, calls: Sequence[str]) -> None:
    """Delete these calls. A worker that still has records of these calls in its file does not ship these records again.
    Raises `JournalError`.
    """

    async def prune() -> None:
        async with _connected(address) as connection, connection.transaction():
            await connection.execute(_MARK, list(calls))
            await connection.execute(_DELETE, list(calls))

    asyncio.run(prune())


def postgres_size(address: PostgresAddress) -> int:
    """Return the size of the tables and their indexes, in bytes. Raises `JournalError`."""

    async def size() -> int:
        async with _connected(address) as connection:
            return int(await connection.fetchval(_SIZE))

    return asyncio.run(size())


@asynccontextmanager
async def _connected(address: PostgresAddress) -> "AsyncIterator[asyncpg.Connection]":
    connection = await connect(address)
    try:
        with explained(address):
            yield connection
    finally:
        connection.terminate()
