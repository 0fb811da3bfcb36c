"""Frees the objects that LiveKit's answers leave in memory.

Classes: livekit-agents 1.8.9 defines a dataclass inside the function that plays an answer, and uses the class as type
argument in `Chan[…]`. Python's `typing` keeps the last 128 of these classes in its caches, which costs about 10 kB for
each answer. offhook clears these caches with `typing._cleanups`, as Python's own leak tests do, because there is no
public function for this purpose.

Cycles: in livekit-agents 1.8.9, an answer leaves about 250 objects (50 kB) in reference cycles, for example the error
of a closed channel and the frame that raised the error. If Python's garbage collection runs during an answer, the
collection moves the objects of the answer to the oldest generation. In a job process, hours pass until Python collects
the oldest generation: Python waits until there is more than one new object for four old objects, and the objects that
LiveKit froze in the forkserver count as old objects. Therefore offhook collects the two younger generations when no
answer runs. Such a collection takes only about 0.5 ms of processor time, because it does not visit the objects of the
oldest generation.
"""

import gc
import typing
from collections.abc import Callable, Iterable

__all__ = ["collect_answer_cycles", "forget_answer_classes"]

_YOUNG = 1
"""The number of the generation with the objects that survived one collection. A collection of this generation also
collects the newest objects.
"""


def collect_answer_cycles() -> None:
    """Collect the two younger generations. Call this function only when no answer runs, because the collection would
    move the objects of a running answer to the oldest generation.
    """
    gc.collect(_YOUNG)


def forget_answer_classes() -> None:
    """Clear the caches of `typing`. This is safe, because the caches only save time and `typing` fills them again."""
    cleanups: Iterable[Callable[[], None]] = getattr(typing, "_cleanups", ())
    for clear in cleanups:
        clear()
