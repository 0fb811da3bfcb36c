"""Threads that callbacks of a virtual loop have started: the clock stands still until they end."""

import threading
import time

__all__ = ["Threads"]

_LONGEST = 1.0
"""Real seconds after which a thread counts as one that stays, and no longer holds the clock."""
_WORKERS = ("concurrent.futures.thread", "offhook.testing.virtual.workers")
_real = time.monotonic


class Threads:
    """Which of them still work."""

    def __init__(self) -> None:
        self._started: list[tuple[threading.Thread, float]] = []

    def add(self, thread: threading.Thread) -> None:
        """Hold the clock for this one. Not for workers of an executor: their jobs are counted one by one."""
        target = vars(thread).get("_target")
        if getattr(target, "__module__", "") not in _WORKERS:
            self._started.append((thread, _real()))

    def busy(self) -> bool:
        if self._started:
            now = _real()
            self._started = [(one, at) for one, at in self._started if one.is_alive() and now - at < _LONGEST]
        return bool(self._started)
