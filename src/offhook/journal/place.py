"""Where a journal is: in a file, or in a PostgreSQL database."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from offhook.core.errors import JournalError
from offhook.core.postgres_address import PostgresAddress, names_postgres, parse_postgres
from offhook.journal.call_reader import CallReader
from offhook.journal.reader import Reader

__all__ = ["JournalPlace", "open_calls", "place_of"]

JournalPlace = Path | PostgresAddress


POSTGRES: Final = "postgres"
"""A user can give this word as the journal. It selects the database in the settings, so that the command line contains
no password, which the program `ps` would show.
"""


def place_of(text: str, database: Callable[[], PostgresAddress | None]) -> JournalPlace:
    """Return the place that a user names: a path, an address such as `postgresql://user@host/db`, or `postgres`.

    For `postgres`, the function `database` returns the address in the settings. Raises `JournalError` for an address
    that cannot be used.
    """
    if text == POSTGRES:
        address = database()
        if address is None:
            raise JournalError(f"the journal {POSTGRES!r} is the database in OFFHOOK_POSTGRES, which is not set")
        return address
    if not names_postgres(text):
        return Path(text)
    try:
        return parse_postgres(text)
    except ValueError as error:
        raise JournalError(f"the address of the journal {error}") from None


def open_calls(place: JournalPlace) -> CallReader:
    """Open this journal for reading. Raises `JournalError`.

    To open a database, the package asyncpg must be installed, and no event loop may run in the current thread.
    """
    if isinstance(place, Path):
        return Reader(place)
    from offhook.journal.postgres.reader import PostgresReader  # noqa: PLC0415  # only with PostgreSQL

    return PostgresReader(place)
