"""Frees the class that LiveKit defines for each answer.

livekit-agents 1.8.9 defines a dataclass inside the function that plays an answer, and uses the class as `Chan[…]`.
Python's `typing` keeps the last 128 of these classes in its caches, about 10 kB for each answer. Python's own tests for
leaks clear these caches with `typing._cleanups`; there is no public function for this.
"""

import typing
from collections.abc import Callable, Iterable

__all__ = ["forget_answer_classes"]


def forget_answer_classes() -> None:
    """Clear the caches of `typing`. The caches only save time, and `typing` fills them again."""
    cleanups: Iterable[Callable[[], None]] = getattr(typing, "_cleanups", ())
    for clear in cleanups:
        clear()
