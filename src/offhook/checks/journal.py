"""Looks at where the journal is: whether it can be read, written, and trusted with a call."""

import asyncio
import os
import shutil
import tempfile
from pathlib import Path

from offhook.checks.finding import Finding, ok, problem, warning
from offhook.core.errors import JournalError
from offhook.journal.reader import Reader
from offhook.journal.schema import VERSION, open_journal

__all__ = ["look_at_disk", "look_at_journal"]

SHORT, FULL = 1_000_000_000, 100_000_000
"""Bytes free below which a disk is a worry, and below which it is none to start with."""

REMOTE = {"9p", "afs", "ceph", "cifs", "fuse.glusterfs", "fuse.s3fs", "fuse.sshfs", "lustre", "nfs", "nfs4", "smb3"}
"""File systems whose locks SQLite's log cannot rely on."""

_ELSEWHERE = "or set OFFHOOK_JOURNAL to another file"


async def look_at_journal(path: Path) -> Finding:
    """Whether calls can be written down at this place; nothing that is there is changed."""
    return await asyncio.to_thread(_journal, path)


async def look_at_disk(path: Path) -> Finding:
    """How much room the journal's disk has."""
    return await asyncio.to_thread(_disk, path)


def kind_of(path: Path, mounts: str) -> str:
    """The file system that a path is on, by a list of mounts as Linux gives it; empty when that is not known."""
    best, kind = "", ""
    for line in mounts.splitlines():
        fields = line.split()
        if len(fields) < 3:
            continue
        point = fields[1].replace("\\040", " ")
        if path.is_relative_to(point) and len(point) >= len(best):
            best, kind = point, fields[2]
    return kind


def _journal(path: Path) -> Finding:
    folder = _existing(path.absolute().parent)
    if not folder.is_dir():
        return problem(f"{path} cannot be made: {folder} is a file", f"remove that file, {_ELSEWHERE}")
    try:
        calls = _readable(path)
    except JournalError as error:
        return problem(*_split(str(error)))
    if not os.access(folder, os.W_OK | os.X_OK) or (path.exists() and not os.access(path, os.W_OK)):
        return problem(f"{path} cannot be written", f"give this user the right to write {folder}, {_ELSEWHERE}")
    try:
        _try_to_write(folder)
    except (JournalError, OSError):
        todo = f"put the journal on a local disk with room, {_ELSEWHERE}"
        return problem(f"{folder} takes no database with a write-ahead log", todo)
    if (kind := kind_of(folder.resolve(), _mounts())) in REMOTE:
        return warning(f"{path} is on a network file system ({kind})", f"put it on a local disk, {_ELSEWHERE}")
    return ok(f"{path}, {calls}")


def _readable(path: Path) -> str:
    if not path.exists() or path.stat().st_size == 0:
        return "made with the first call"
    with Reader(path):
        return f"version {VERSION}"


def _try_to_write(folder: Path) -> None:
    """Make a journal beside it and take it away again; the real one may be in use."""
    with tempfile.TemporaryDirectory(prefix=".offhook-check-", dir=folder) as beside:
        open_journal(Path(beside) / "journal.db").close()


def _disk(path: Path) -> Finding:
    return room(shutil.disk_usage(_existing(path.absolute().parent)).free)


def room(free: int) -> Finding:
    """Whether so many bytes are enough to start with."""
    detail = f"{free / 1e9:.1f} GB free" if free >= SHORT else f"{free / 1e6:.0f} MB free"
    if free < FULL:
        return problem(detail, "make room on the journal's disk: calls that cannot be written down are not kept")
    if free < SHORT:
        return warning(detail, "make room on the journal's disk before it is full")
    return ok(detail)


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    return next(one for one in (folder, *folder.parents) if one.exists())


def _mounts() -> str:
    table = Path("/proc/self/mounts")  # Linux only
    return table.read_text(errors="replace") if table.exists() else ""


def _split(text: str) -> tuple[str, str]:
    """An error of ours as what is wrong and what to do."""
    detail, _, todo = text.partition("; ")
    return detail, todo or "see docs/journal.md"
