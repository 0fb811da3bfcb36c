"""`offhook prune`: delete old calls, or all calls of one caller, from the journal."""

import time
from typing import Annotated

import typer

from offhook.cli.journal import Where, journal_path, printable
from offhook.cli.when import parse_duration

__all__ = ["prune"]


def prune(
    older_than: Annotated[str, typer.Option(help="Only calls that started longer ago than this: 12h, 30d, 52w.")] = "",
    caller: Annotated[str, typer.Option(help="Only calls of this caller: the whole number, name or identity.")] = "",
    dry_run: Annotated[bool, typer.Option(help="Show what would be deleted, and delete nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    journal: Where = None,
) -> None:
    """Delete calls from the journal for good: no byte of them stays in its files. Running calls are not deleted."""
    from offhook.journal.prune import prune as delete
    from offhook.journal.prune import select, size_of

    printable()
    if not older_than and not caller:
        raise typer.BadParameter("say which calls: --older-than 30d, --caller +15105550100, or both")
    path, now = journal_path(journal), time.time()
    before = now - parse_duration(older_than) if older_than else None
    found = select(path, before=before, caller=caller, now=now)
    extent = f"{len(found.calls)} calls, {found.records} records, {_size(found.bytes)}"
    print(f"{extent}; the journal has {_size(size_of(path))}")
    for call in found.running:
        print(f"{call} may still run and is not deleted; run this again after its end")
    if found.calls and not dry_run:
        if not yes:
            typer.confirm("delete these calls for good?", abort=True)
        delete(path, found.calls)
        print(f"deleted; the journal has {_size(size_of(path))}")
    if found.running:
        raise typer.Exit(1)


def _size(count: int) -> str:
    size, unit = float(count), "bytes"
    for larger in ("KB", "MB", "GB"):
        if size < 1000:
            break
        size, unit = size / 1000, larger
    return f"{size:.1f} {unit}" if unit != "bytes" else f"{count} bytes"
