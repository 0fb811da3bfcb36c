"""Makes garbage collections rarer during a virtual run, because a full collection scans the objects of all loaded
modules.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["gc_paused"]

_YOUNG = 20_000
"""A collection starts after this many new objects; the default of Python 3.11 is 700."""
_FULL = 100
"""A full collection starts only after this many collections of the middle generation; Python's default is 10. The
number is not higher, because a long run still needs some full collections.
"""


@contextmanager
def gc_paused() -> Iterator[None]:
    """Make garbage collections rarer inside the block. Almost all of them examine only new objects."""
    before = gc.get_threshold()
    gc.set_threshold(_YOUNG, before[1], _FULL)
    try:
        yield
    finally:
        gc.set_threshold(*before)
