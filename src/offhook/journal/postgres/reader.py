"""Reads the calls of all workers from PostgreSQL."""

import asyncio
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from offhook.core.errors import JournalError
from offhook.core.postgres_address import PostgresAddress
from offhook.journal.call_reader import CallReader
from offhook.journal.postgres.connect import connect, explained
from offhook.journal.postgres.schema import check_version

if TYPE_CHECKING:
    import asyncpg

__all__ = ["PostgresReader"]

_VALUE = re.compile(r"\?(\d*)")


class PostgresReader(CallReader):
    """A database that is open for reading. Use this class where no event loop runs, for example in a CLI command or a
    separate thread.
    """

    def __init__(self, address: PostgresAddress) -> None:
        self._address, self.place = address, address.shown
        if _loop_runs():
            raise JournalError("reading PostgreSQL would block the event loop; read in a thread: asyncio.to_thread(…)")
        self._runner = asyncio.Runner()
        try:
            self._connection = self._runner.run(_open(address))
        except BaseException:
            self._runner.close()
            raise

    def close(self) -> None:
        self._runner.run(_close(self._connection))
        self._runner.close()

    def rows(self, query: str, *values: object) -> Sequence[tuple[Any, ...]]:
        return self._runner.run(self._fetch(_numbered(query), values))

    async def _fetch(self, query: str, values: Sequence[object]) -> Sequence[tuple[Any, ...]]:
        with explained(self._address):
            return [tuple(row) for row in await self._connection.fetch(query, *values)]


async def _open(address: PostgresAddress) -> "asyncpg.Connection":
    connection = await connect(address)
    try:
        with explained(address):
            await check_version(connection, address)
    except BaseException:
        connection.terminate()
        raise
    return connection


async def _close(connection: "asyncpg.Connection") -> None:
    connection.terminate()


def _loop_runs() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _numbered(query: str) -> str:
    """Return the query with PostgreSQL's placeholders (`$1`, `$2`) in place of SQLite's (`?`, `?1`)."""
    numbers = iter(range(1, 1000))
    return _VALUE.sub(lambda found: f"${found[1] or next(numbers)}", query)
