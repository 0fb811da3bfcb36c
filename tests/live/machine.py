"""How fast this machine is: it decides how many live tests run at the same time."""

import timeit

__all__ = ["is_fast"]

_FAST = 0.03
"""Seconds. A fast machine adds up a million numbers in less time, even beside other programs."""


def is_fast() -> bool:
    return min(timeit.repeat(lambda: sum(range(1_000_000)), number=1, repeat=5)) < _FAST
