"""Frees what LiveKit's answers leave in memory.

Classes: livekit-agents 1.8.9 defines a dataclass inside the function that plays an answer, and uses the class as
`Chan[…]`. Python's `typing` keeps the last 128 of these classes in its caches, about 10 kB for each answer. Python's
own tests for leaks clear these caches with `typing._cleanups`; there is no public function for this.

Cycles: in livekit-agents 1.8.9, an answer leaves about 250 objects (50 kB) in reference cycles, for example the error
of a closed channel and the frame that raised the error. Python collects young cycles. But a collection during an answer
makes the objects of this answer old, and a job process does not collect old cycles for hours: Python waits until a
quarter of all objects is new, and counts the objects that the job process shares with the forkserver. So offhook
collects the young cycles between two answers. This takes less than a millisecond, because it does not visit old
objects.
"""

import gc
import typing
from collections.abc import Callable, Iterable

__all__ = ["collect_answer_cycles", "forget_answer_classes"]

_YOUNG = 1
"""The generation of the objects that survived one collection. A collection of it includes the newest objects."""


def collect_answer_cycles() -> None:
    """Collect the young cycles. Call this when no answer runs, so that no object of an answer becomes old."""
    gc.collect(_YOUNG)


def forget_answer_classes() -> None:
    """Clear the caches of `typing`. The caches only save time, and `typing` fills them again."""
    cleanups: Iterable[Callable[[], None]] = getattr(typing, "_cleanups", ())
    for clear in cleanups:
        clear()
