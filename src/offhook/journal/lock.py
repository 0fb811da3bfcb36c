"""A lock on a file in the folder of the journal. If several workers share a journal, only the worker with the lock does
certain work, such as shipping records to PostgreSQL.
"""

import fcntl
from pathlib import Path
from types import TracebackType
from typing import IO, Self

__all__ = ["FileLock"]


class FileLock:
    """Locks a file, which stays empty. When the process dies, the system frees the lock."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None
        self._taken = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._taken = False
        if self._file is not None:
            self._file.close()

    def take(self) -> bool:
        """Return True if this process has the lock or gets it now. Raises `OSError` if the file cannot be created."""
        if self._file is None:
            self._path.touch(mode=0o600)
            self._file = self._path.open("r+b")
        if not self._taken:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            self._taken = True
        return True
