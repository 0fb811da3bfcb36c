"""Replaces Python's clocks for code on a virtual loop; all other threads and loops keep the real clocks."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from offhook.testing.virtual.dataclass_clocks import virtual_dataclass_clocks
from offhook.testing.virtual.loop import STARTS_AT, VirtualLoop
from offhook.testing.virtual.patch import patch

__all__ = ["virtual_clocks"]

_NAMES = ("time", "monotonic", "perf_counter", "time_ns", "monotonic_ns", "perf_counter_ns")
_running = asyncio.get_running_loop
_REAL: dict[str, Callable[[], float]] = {name: getattr(time, name) for name in _NAMES}


@contextmanager
def virtual_clocks(*, starts_at: float | None = None) -> Iterator[None]:
    """Patch the clocks, and the dataclass defaults that captured a clock at import. All patches are undone at the end
    of the block.

    `starts_at` is the Unix time at which the loop's clock starts. The default is the real time, so that tokens with an
    expiry time stay valid.
    """
    offset = (_REAL["time"]() if starts_at is None else starts_at) - STARTS_AT
    fakes = {name: _clock(name, offset if name.startswith("time") else 0.0) for name in _NAMES}
    with ExitStack() as stack:
        for name, fake in fakes.items():
            patch(stack, time, name, fake)
        patch(stack, threading.Thread, "start", _start)
        stack.enter_context(virtual_dataclass_clocks({_REAL[name]: fakes[name] for name in _NAMES}))
        yield


def _clock(name: str, offset: float) -> Callable[[], float]:
    real, nano = _REAL[name], name.endswith("_ns")

    def clock() -> float:
        try:
            loop = _running()
        except RuntimeError:
            return real()
        if not isinstance(loop, VirtualLoop):
            return real()
        now = loop.read() + offset
        return int(now * 1_000_000_000) if nano else now

    clock.__name__ = name
    return clock


_really_start = threading.Thread.start


def _start(thread: threading.Thread) -> None:
    _really_start(thread)
    try:
        loop = _running()
    except RuntimeError:
        return
    if isinstance(loop, VirtualLoop):
        loop.threads.add(thread)
