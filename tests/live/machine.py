"""How fast this machine is: it decides how many live tests run at the same time."""

import timeit

__all__ = ["is_fast"]

_FAST = 0.03
"""Seconds. A fast machine adds up a million numbers in less time, even beside other programs."""
_FAST_FOR_EXACT = 0.018
"""The same for tests that measure time. At 0.022 s, two of them at once were late."""


def is_fast(*, exact: bool = False) -> bool:
    limit = _FAST_FOR_EXACT if exact else _FAST
    return min(timeit.repeat(lambda: sum(range(1_000_000)), number=1, repeat=5)) < limit
