"""Connects to PostgreSQL, and explains what is wrong if the connection fails."""

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from offhook.core.errors import JournalError
from offhook.core.postgres_address import PostgresAddress

if TYPE_CHECKING:
    import asyncpg

__all__ = ["connect", "explained", "require_asyncpg"]

CONNECT: Final = 10.0
"""Timeout in seconds for opening a connection."""
ANSWER: Final = 60.0
"""Timeout in seconds for one statement."""

_SESSION: Final = """
SET search_path TO offhook;
SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off';
"""
# Without `synchronous_commit`, a crash of the database could lose records that the database has already confirmed.


def require_asyncpg() -> None:
    """Raise `JournalError` if asyncpg, the package for PostgreSQL, is not installed."""
    if importlib.util.find_spec("asyncpg") is None:
        raise JournalError(
            "PostgreSQL needs the package asyncpg, which is not installed; install it with: "
            "pip install 'offhook[postgres]'"
        )


async def connect(address: PostgresAddress) -> "asyncpg.Connection":
    """Return a connection to this database. Raises `JournalError`."""
    require_asyncpg()
    import asyncpg  # noqa: PLC0415  # an optional package; its import takes 100 ms

    try:
        with explained(address):
            connection: asyncpg.Connection = await asyncpg.connect(
                address.dsn, timeout=CONNECT, command_timeout=ANSWER, server_settings={"application_name": "offhook"}
            )
            await connection.execute(_SESSION)
    except ValueError as error:  # the address contains an invalid option
        text = address.hide(str(error))
        raise JournalError(f"{address.shown} cannot be used ({text}); correct the address") from None
    encoding = connection.get_settings().server_encoding
    if encoding != "UTF8":
        connection.terminate()
        raise JournalError(
            f"{address.shown} has the encoding {encoding}, which does not have every character; "
            "use a database that was created with: createdb --encoding UTF8 --template template0"
        )
    return connection


@contextmanager
def explained(address: PostgresAddress) -> Iterator[None]:
    """Replace each error of the database with a `JournalError` that says what to do."""
    import asyncpg  # noqa: PLC0415  # an optional package; its import takes 100 ms

    # asyncpg 0.32 raises InternalClientError ("another operation is in progress") if the server dies while asyncpg
    # waits for an answer.
    failures = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
    try:
        yield
    except failures as error:
        raise _error(address, error) from None  # a traceback could show the password


def _error(address: PostgresAddress, error: BaseException) -> JournalError:
    """Return a `JournalError` with the cause and the remedy, and without the password."""
    import asyncpg  # noqa: PLC0415  # an optional package; its import takes 100 ms

    text = address.hide(str(error)) or type(error).__name__
    match error:
        case asyncpg.InvalidAuthorizationSpecificationError():
            return JournalError(f"{address.shown} refuses the user or the password ({text}); correct the address")
        case asyncpg.InvalidCatalogNameError():
            return JournalError(f"{address.shown} does not exist on this server; create the database with: createdb")
        case asyncpg.InsufficientPrivilegeError():
            return JournalError(
                f"the user of {address.shown} lacks a right ({text}); for a worker, the owner of the database runs: "
                "CREATE SCHEMA offhook AUTHORIZATION …; for reading: GRANT USAGE ON SCHEMA offhook TO …, and "
                "GRANT SELECT ON ALL TABLES IN SCHEMA offhook TO …"
            )
        case asyncpg.ClientConfigurationError():
            return JournalError(f"{address.shown} cannot be used ({text}); correct the address")
        case TimeoutError() if not isinstance(error, OSError) or not error.errno:
            text = "no answer in time"
        case asyncpg.PostgresError() if not isinstance(error, asyncpg.PostgresConnectionError):
            return JournalError(f"{address.shown} answers with an error ({text}); see the log of the database")
    return JournalError(
        f"{address.shown} cannot be reached ({text}); check that PostgreSQL runs and that the address is right"
    )
