"""The shared parts of the commands that read the journal: their options, and the code that opens the file."""

import io
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from offhook.cli.when import parse_time

if TYPE_CHECKING:
    from pathlib import Path

    from offhook.core.postgres_address import PostgresAddress
    from offhook.journal.call_reader import CallReader
    from offhook.journal.place import JournalPlace
    from offhook.journal.search import CallFilter

__all__ = [
    "Agent",
    "Caller",
    "Json",
    "Reason",
    "Since",
    "Text",
    "Until",
    "Where",
    "journal_file",
    "journal_place",
    "open_reader",
    "printable",
    "wanted_calls",
]

Json = Annotated[bool, typer.Option("--json", help="For programs: one JSON value.")]
Where = Annotated[
    str | None,
    typer.Option(
        "--journal",
        help="The journal: a file, a postgresql:// address, or `postgres` for the database in OFFHOOK_POSTGRES; "
        "default: the file in the settings.",
    ),
]
Since = Annotated[str, typer.Option(help="Only calls that started since then: 12h, 7d, 2026-11-30, 2026-11-30T14:00.")]
Until = Annotated[str, typer.Option(help="Only calls that started before then; written as for --since.")]
Reason = Annotated[str, typer.Option(help="Only calls that ended for this reason; `open` for calls without an end.")]
Caller = Annotated[str, typer.Option(help="Only calls whose number, name or identity contains this text.")]
Agent = Annotated[str, typer.Option(help="Only calls whose agent's name or version contains this text.")]
Text = Annotated[str, typer.Option(help="Only calls in which somebody said this text.")]


def journal_place(where: str | None) -> "JournalPlace":
    """Return the journal's file path or database address; by default, the file in the settings."""

    def database() -> "PostgresAddress | None":
        from offhook.settings import load_settings  # pydantic is slow to import

        return load_settings().postgres_address

    if where is not None:
        from offhook.journal.place import place_of  # imported here, so that other commands start faster

        return place_of(where, database)
    from offhook.settings import load_settings  # pydantic is slow to import

    return load_settings().journal


def journal_file(where: str | None, why: str) -> "Path":
    """Return the path of the journal file. Raises `JournalError` if the journal is a database; the error's text
    contains `why`, the reason why only a file is accepted.
    """
    from pathlib import Path

    from offhook.core.errors import JournalError

    place = journal_place(where)
    if not isinstance(place, Path):
        raise JournalError(f"{why}; give the journal file of the worker with --journal")
    return place


def printable() -> None:
    """From now on, print a question mark for each character that the terminal cannot show."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


@contextmanager
def open_reader(where: str | None) -> Iterator["CallReader"]:
    """Open the journal for reading."""
    from offhook.journal.place import open_calls  # imported here, so that other commands start faster

    printable()
    with open_calls(journal_place(where)) as reader:
        yield reader


def wanted_calls(
    *, since: str = "", until: str = "", reason: str = "", caller: str = "", agent: str = "", text: str = ""
) -> "CallFilter":
    """Return the filter for these options. Raises `typer.BadParameter` for an unknown reason or an invalid time."""
    from typing import get_args

    from offhook.core.ending import EndReason
    from offhook.journal.search import CallFilter

    reasons = (*get_args(EndReason), "open")
    if reason and reason not in reasons:
        raise typer.BadParameter(f"{reason!r} is not a reason; the reasons are {', '.join(reasons)}")
    now = time.time()
    return CallFilter(
        since=parse_time(since, now) if since else 0.0,
        until=parse_time(until, now) if until else float("inf"),
        reason=reason,
        caller=caller,
        agent=agent,
        text=text,
    )
