"""Frees the class that LiveKit defines for each answer.

livekit-agents 1.8.9 defines a dataclass inside the function that plays an answer, and uses the class as `Chan[…]`.
Python's `typing` keeps the last 128 of these classes in its caches, about 10 kB for each answer. Python clears these
caches with `typing._cleanups` in its own tests for leaks; there is no public name for it.
"""

import typing
from collections.abc import Callable, Iterable

__all__ = ["forget_answer_classes"]


def forget_answer_classes() -> None:
    """Clear the caches of `typing`. They only save time, and fill again when they are used."""
    cleanups: Iterable[Callable[[], None]] = getattr(typing, "_cleanups", ())
    for clear in cleanups:
        clear()
