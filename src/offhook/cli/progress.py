"""Prints the progress of a command that runs several calls, and the remaining time, on standard error."""

import sys
import time
from collections.abc import Sequence

__all__ = ["Progress"]


class Progress:
    """Shows the progress of a command that has several parts, for example calls. At the start, it prints the number of
    parts and the expected time. On a terminal, it also shows the current part and the remaining time.
    """

    def __init__(self, what: str, names: Sequence[str], *, seconds: float, hidden: bool = False) -> None:
        """`seconds` is the expected time of one part. When the first part is done, the measured time is used instead.
        If `hidden` is True, nothing is printed.
        """
        self._terminal = sys.stderr.isatty() and not hidden
        self._names, self._seconds = names, seconds
        self._began = time.monotonic()
        if not hidden:
            sys.stderr.write(f"{len(names)} {what}{'' if len(names) == 1 else 's'}, {_about(seconds * len(names))}\n")
            sys.stderr.flush()

    def begin(self, done: int) -> None:
        """Show the current part. `done` is the number of finished parts."""
        if not self._terminal or done >= len(self._names):
            return
        each = (time.monotonic() - self._began) / done if done else self._seconds
        left = _about(each * (len(self._names) - done))
        sys.stderr.write(f"\r\x1b[K[{done + 1}/{len(self._names)}] {self._names[done]}, {left} left")
        sys.stderr.flush()

    def clear(self) -> None:
        """Remove the progress line. Call this before other output."""
        if self._terminal:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def _about(seconds: float) -> str:
    return f"about {max(seconds, 1):.0f} s" if seconds < 90 else f"about {seconds / 60:.0f} min"
