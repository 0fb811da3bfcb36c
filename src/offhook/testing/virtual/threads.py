"""Tracks threads that a virtual loop's callbacks start. The virtual clock stands still while such a thread runs, but at
most for one second of real time.
"""

import threading
import time

__all__ = ["Threads"]

_LONGEST = 1.0
"""Real seconds after which a thread counts as permanent and no longer stops the clock."""
_WORKERS = ("concurrent.futures.thread", "offhook.testing.virtual.workers")
_real = time.monotonic


class Threads:
    """Tracks the threads that still run."""

    def __init__(self) -> None:
        self._started: list[tuple[threading.Thread, float]] = []

    def add(self, thread: threading.Thread) -> None:
        """Stop the clock while this thread runs. Threads of executors are ignored, because the loop itself counts
        executor jobs.
        """
        target = vars(thread).get("_target")
        if getattr(target, "__module__", "") not in _WORKERS:
            self._started.append((thread, _real()))

    def busy(self) -> bool:
        if self._started:
            now = _real()
            self._started = [(one, at) for one, at in self._started if one.is_alive() and now - at < _LONGEST]
        return bool(self._started)
