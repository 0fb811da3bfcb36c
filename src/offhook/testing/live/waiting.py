"""Waiting for an event on a call, with a timeout."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from offhook.core.errors import OffhookError

__all__ = ["Signal", "WaitTimeoutError"]

T = TypeVar("T")

POLL_INTERVAL = 0.05
"""Seconds until `probe` is called again without a signal. Silence, for example, causes no signal."""


class WaitTimeoutError(OffhookError, AssertionError):
    """The event that a scripted caller waited for did not happen; the error text shows the call so far."""


class Signal:
    """Wakes all waiting tasks after each change."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def __call__(self) -> None:
        waking, self._event = self._event, asyncio.Event()
        waking.set()

    async def until(self, probe: Callable[[], T | None], *, over: asyncio.Event, seconds: float) -> T | None:
        """Return the first value of `probe` that is not None; return None if `over` is set, or after `seconds`."""
        deadline = time.monotonic() + seconds
        while (seen := probe()) is None:
            left = deadline - time.monotonic()
            if left <= 0 or over.is_set():
                return None
            with suppress(TimeoutError):
                await asyncio.wait_for(self._event.wait(), min(POLL_INTERVAL, left))
        return seen
