"""How fast this machine is: it decides how many live tests run at the same time."""

import timeit

__all__ = ["processes"]

_QUICK, _FAST = 0.02, 0.03
"""Seconds in which a quick and a fast machine add up a million numbers, even beside other programs."""


def processes() -> int:
    """Return the number of test processes for the tests that do not measure time."""
    seconds = min(timeit.repeat(lambda: sum(range(1_000_000)), number=1, repeat=5))
    return 4 if seconds < _QUICK else 3 if seconds < _FAST else 2
