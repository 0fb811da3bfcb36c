"""How fast this machine is: it decides how many live tests run at the same time."""

import timeit

__all__ = ["processes"]

_QUICK = 0.02
_FAST = 0.03
"""Seconds. A fast machine adds up a million numbers in less time, even beside other programs."""


def processes(*, exact: bool) -> int:
    """Return the number of test processes. Tests that measure time share the machine only if it is quick."""
    seconds = min(timeit.repeat(lambda: sum(range(1_000_000)), number=1, repeat=5))
    if exact:
        return 2 if seconds < _QUICK else 1
    return 4 if seconds < _QUICK else 3 if seconds < _FAST else 2
