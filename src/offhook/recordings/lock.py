"""A lock on the file of a recording. If several workers share a journal, only the worker with the lock works on the
file.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.platform != "win32":
    import fcntl

__all__ = ["locked"]


@contextmanager
def locked(path: Path) -> Iterator[bool]:
    """Lock the file while the `with` block runs. Yields False if another process holds the lock. In all other cases,
    yields True, for example if the file does not exist. On Windows, the file is not locked.
    """
    try:
        file = path.open("rb")
    except OSError:
        yield True
        return
    with file:
        if sys.platform != "win32":
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
        yield True
