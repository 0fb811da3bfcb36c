"""Checks the journal's file and disk: readable, writable, enough space."""

import asyncio
import os
import shutil
import tempfile
from pathlib import Path

from offhook.checks.finding import Finding, ok, problem, warning
from offhook.core.errors import JournalError
from offhook.journal.reader import Reader
from offhook.journal.schema import VERSION, open_journal

__all__ = ["check_disk", "check_journal"]

SHORT, FULL = 1_000_000_000, 100_000_000
"""Free bytes below which the check warns (SHORT), and below which it reports a problem (FULL)."""

REMOTE = {"9p", "afs", "ceph", "cifs", "fuse.glusterfs", "fuse.s3fs", "fuse.sshfs", "lustre", "nfs", "nfs4", "smb3"}
"""Network file systems, whose locks are not safe for SQLite's write-ahead log."""

_ELSEWHERE = "or set OFFHOOK_JOURNAL to another file"


async def check_journal(path: Path) -> Finding:
    """Check that calls can be written to this file. An existing journal is not changed."""
    return await asyncio.to_thread(_journal, path)


async def check_disk(path: Path) -> Finding:
    """Check the free space on the journal's disk."""
    return await asyncio.to_thread(_disk, path)


def kind_of(path: Path, mounts: str) -> str:
    """Return the type of the file system of a path, from Linux's list of mounts, or "" if the type is unknown."""
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
        return problem(f"{path} cannot be created: {folder} is a file", f"remove that file, {_ELSEWHERE}")
    try:
        calls = _readable(path)
    except JournalError as error:
        return problem(*_split(str(error)))
    if not os.access(folder, os.W_OK | os.X_OK) or (path.exists() and not os.access(path, os.W_OK)):
        return problem(f"{path} cannot be written", f"give this user the right to write {folder}, {_ELSEWHERE}")
    try:
        _try_to_write(folder)
    except (JournalError, OSError):
        todo = f"put the journal on a local disk with free space, {_ELSEWHERE}"
        return problem(f"{folder} does not support a database with a write-ahead log", todo)
    if (kind := kind_of(folder.resolve(), _mounts())) in REMOTE:
        return warning(f"{path} is on a network file system ({kind})", f"put it on a local disk, {_ELSEWHERE}")
    return ok(f"{path}, {calls}")


def _readable(path: Path) -> str:
    if not path.exists() or path.stat().st_size == 0:
        return "created with the first call"
    with Reader(path):
        return f"version {VERSION}"


def _try_to_write(folder: Path) -> None:
    """Create a second journal in the folder, and remove it. The check does not write to the real journal, because a
    call may be writing there.
    """
    with tempfile.TemporaryDirectory(prefix=".offhook-check-", dir=folder) as second:
        open_journal(Path(second) / "journal.db").close()


def _disk(path: Path) -> Finding:
    return room(shutil.disk_usage(_existing(path.absolute().parent)).free)


def room(free: int) -> Finding:
    """Return the result of the disk check for this number of free bytes."""
    detail = f"{free / 1e9:.1f} GB free" if free >= SHORT else f"{free / 1e6:.0f} MB free"
    if free < FULL:
        return problem(detail, "free space on the journal's disk: calls that cannot be written are lost")
    if free < SHORT:
        return warning(detail, "free space on the journal's disk before the disk is full")
    return ok(detail)


def _existing(folder: Path) -> Path:
    """Return the folder, or its nearest parent that exists."""
    return next(one for one in (folder, *folder.parents) if one.exists())


def _mounts() -> str:
    table = Path("/proc/self/mounts")  # Linux only
    return table.read_text(errors="replace") if table.exists() else ""


def _split(text: str) -> tuple[str, str]:
    """Split the text of an offhook error into the detail and the advice."""
    detail, _, todo = text.partition("; ")
    return detail, todo or "see docs/journal.md"
