"""Waiting for something to happen on a call, never for longer than said."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from offhook.core.errors import OffhookError

__all__ = ["Change", "WaitedInVainError"]

T = TypeVar("T")

GLANCE = 0.05
"""Seconds between two looks when nothing changes: silence grows without an event."""


class WaitedInVainError(OffhookError, AssertionError):
    """What a scripted caller waited for did not happen; the text shows the call so far."""


class Change:
    """Wakes everybody who waits for something, whenever anything has changed."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def __call__(self) -> None:
        waking, self._event = self._event, asyncio.Event()
        waking.set()

    async def until(self, look: Callable[[], T | None], *, over: asyncio.Event, seconds: float) -> T | None:
        """What `look` sees as soon as it is not None; None when all is over or nothing came within `seconds`."""
        deadline = time.monotonic() + seconds
        while (seen := look()) is None:
            left = deadline - time.monotonic()
            if left <= 0 or over.is_set():
                return None
            with suppress(TimeoutError):
                await asyncio.wait_for(self._event.wait(), min(GLANCE, left))
        return seen
