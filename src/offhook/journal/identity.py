"""Detects that another file has replaced an open file. A journal may be moved or deleted while calls run."""

from pathlib import Path

__all__ = ["file_identity"]


def file_identity(path: Path) -> tuple[int, int] | None:
    """Return the device number and the inode number of the file; None if there is no file."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
