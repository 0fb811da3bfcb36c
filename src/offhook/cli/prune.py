"""`offhook prune`: delete old calls, or all calls of one caller, from the journal."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from offhook.cli.journal import Where, journal_place, printable
from offhook.cli.when import parse_duration

if TYPE_CHECKING:
    from offhook.journal.place import JournalPlace

__all__ = ["prune"]


def prune(
    older_than: Annotated[str, typer.Option(help="Only calls that started longer ago than this: 12h, 30d, 52w.")] = "",
    caller: Annotated[str, typer.Option(help="Only calls of this caller: the complete number, name or identity.")] = "",
    dry_run: Annotated[bool, typer.Option(help="Show what would be deleted, and delete nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    journal: Where = None,
) -> None:
    """Delete calls permanently, from the journal file and from the database in OFFHOOK_POSTGRES.

    With --journal, the command changes only that journal. No byte of the calls stays in the file. Running calls are
    not deleted. The answers of lookups (lookups.db beside the file) are deleted too.
    """
    printable()
    if not older_than and not caller:
        raise typer.BadParameter("say which calls: --older-than 30d, --caller +15105550100, or both")
    before = time.time() - parse_duration(older_than) if older_than else None
    running = False
    for place in _places(journal):
        running |= _prune(place, before=before, caller=caller, dry_run=dry_run, yes=yes)
    if running:
        raise typer.Exit(1)


def _places(where: str | None) -> "Sequence[JournalPlace]":
    """Return the journals to prune: the journal that `--journal` names, or the journals in the settings."""
    if where is not None:
        return [journal_place(where)]
    from offhook.settings import load_settings  # pydantic is slow to import

    settings = load_settings()
    if settings.postgres_address is None:
        return [settings.journal]
    return [*([settings.journal] if settings.journal.exists() else []), settings.postgres_address]


def _prune(place: "JournalPlace", *, before: float | None, caller: str, dry_run: bool, yes: bool) -> bool:
    """Delete the selected calls in one journal, and the recordings of these calls. Return True if a selected call stays
    in the journal, because the call may still run or its recording could not be deleted.
    """
    from offhook.journal.place import open_calls  # imported here, so that other commands start faster
    from offhook.journal.prune import prune as delete
    from offhook.journal.prune import select, size_of
    from offhook.recordings.removal import find, remove
    from offhook.settings import load_settings
    from offhook.worker.lookup_cache import LookupCache

    settings = load_settings()
    if isinstance(place, Path):
        settings = settings.model_copy(update={"journal": place})
    name = "the journal" if isinstance(place, Path) else place.shown
    with open_calls(place) as reader:
        found = select(reader, before=before, caller=caller, now=time.time())
        recordings = find(settings, reader, found.calls)
    extent = f"{len(found.calls)} calls, {found.records} records, {_size(found.bytes)}"
    print(f"{extent}; {name} has {_size(size_of(place))}")
    if recordings:
        uploaded = sum(bool(one.url) for one in recordings)
        print(f"recordings: {len(recordings)} ({uploaded} uploaded)")
    for call in found.running:
        print(f"{call} may still run and is not deleted; run this again after its end")
    if found.calls and not dry_run:
        if not yes:
            typer.confirm("delete these calls permanently?", abort=True)
        left = remove(settings, recordings)
        for line in left.values():
            print(f"a recording was not deleted, and its call stays in the journal: {line}")
        delete(place, [call for call in found.calls if call not in left])
        if isinstance(place, Path):
            LookupCache(place).clear()
        print(f"deleted; {name} has {_size(size_of(place))}")
        return bool(found.running or left)
    return bool(found.running)


def _size(count: int) -> str:
    size, unit = float(count), "bytes"
    for larger in ("KB", "MB", "GB"):
        if size < 1000:
            break
        size, unit = size / 1000, larger
    return f"{size:.1f} {unit}" if unit != "bytes" else f"{count} bytes"
