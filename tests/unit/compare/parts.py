"""Compares a part of all random calls in this process: to start a process for each part takes 3 s of the processor."""

import gc
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, islice

from offhook.testing.compare import calls, compare, judge_served, served_calls, written
from offhook.testing.compare.spec import Models

__all__ = ["assert_no_harm", "differing"]


def differing(models: Models, first: int, end: int, *, follow: bool = False) -> list[str]:
    """The calls from `first` to `end` that are not the same with offhook, each with its first difference."""
    with _quiet():
        part = [compare(spec, follow=follow) for spec in islice(calls(1, end, models), first, None)]
    assert len(part) == end - first
    return [f"{written(one.spec)}: {[*map(str, one.found[:1])] or one.crash}" for one in part if not one.same]


@contextmanager
def _quiet() -> Iterator[None]:
    """All that the agents and models log in these calls are errors that the calls ask for."""
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
            gc.collect()  # else asyncio logs lost errors of the agents later, in another test
    finally:
        logging.disable(logging.NOTSET)


def assert_no_harm(*numbers: int) -> None:
    """Judge the calls of these numbers: the seed in millions, and the number of the call."""
    specs = chain.from_iterable(served_calls(seed, 1_000) for seed in sorted({one // 1_000_000 for one in numbers}))
    chosen = [spec for spec in specs if spec.seed in numbers]
    assert len(chosen) == len(numbers)
    for spec in chosen:
        assert judge_served(spec).harm == [], written(spec)
    gc.collect()  # else asyncio logs lost errors of the agents later, in another test
