"""Marks the running calls, so that another worker with the same journal does not treat a running call as dead.

For each call, the job process locks one byte of a file in the folder of the journal. The system releases the lock when
the process ends, even after SIGKILL. Nothing is written to the file, so the lock also works on a full disk.
"""

import hashlib
import logging
import sys
from pathlib import Path
from typing import IO, Self

__all__ = ["RunningCalls"]

if sys.platform != "win32":
    import fcntl

log = logging.getLogger("offhook")


class RunningCalls:
    """The locks of this process on the calls of one journal. Windows has no such locks, so no call counts as running on
    Windows.
    """

    def __init__(self, journal: Path) -> None:
        self._path = journal.with_name(f"{journal.name}-running")
        self._file: IO[bytes] | None = None

    @classmethod
    def holding(cls, journal: Path, call: str) -> Self:
        """Make a new object, try to lock this call, and return the object."""
        running = cls(journal)
        running.hold(call)
        return running

    def hold(self, call: str) -> bool:
        """Lock this call until `close`. Return False if another process holds the lock. Otherwise return True, even if
        the lock cannot be taken on this system.
        """
        if sys.platform == "win32":
            return True
        try:
            if self._file is None:
                self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._file = self._path.open("ab")
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _place(call))
        except BlockingIOError:
            return False
        except OSError as error:
            log.warning("a running call cannot be marked", extra={"call": call, "error": repr(error)})
        return True

    def close(self) -> None:
        """Release all locks of this object."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _place(call: str) -> int:
    """Return the position of the byte to lock for this call. The file stays empty, because a lock needs no existing
    byte.
    """
    return int.from_bytes(hashlib.blake2b(call.encode(errors="replace"), digest_size=7).digest(), "big")
