"""Keeps the garbage collector out of a short run: it would walk through all that is loaded, several times."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["rested"]

_YOUNG = 20_000
"""New objects before the collector looks at them; Python's own number is 700."""


@contextmanager
def rested() -> Iterator[None]:
    """Let the collector see only what is new, and less often. A program that has frozen its objects is left alone."""
    if gc.get_freeze_count():
        yield
        return
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_YOUNG, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
