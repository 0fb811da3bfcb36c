"""Checks the Postgres database to which the worker copies the journal's records."""

from offhook.checks.finding import Finding, ok, warning
from offhook.core.errors import JournalError
from offhook.core.postgres_address import PostgresAddress
from offhook.journal.postgres.connect import connect, explained
from offhook.journal.postgres.schema import STEPS, journal_version

__all__ = ["check_postgres"]


async def check_postgres(address: PostgresAddress) -> Finding:
    """Check that the database can be used. The check creates and migrates nothing."""
    try:
        connection = await connect(address)
        try:
            with explained(address):
                version = await journal_version(connection, address, len(STEPS))
        finally:
            connection.terminate()
    except JournalError as error:
        detail, _, todo = str(error).partition("; ")
        return warning(detail, f"{todo}; until then the records wait in the journal file")
    if not version:
        return ok(f"{address.shown}, the first worker creates the tables")
    return ok(f"{address.shown}, version {version}" + (", a worker migrates it" if version < len(STEPS) else ""))
