"""Lets code on an event loop wait for the journal's thread."""

import asyncio
import logging
from dataclasses import dataclass
from typing import Self

__all__ = ["Mark"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark in the journal's queue. `future` resolves when all items before the mark in the queue are processed."""

    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[bool]

    @classmethod
    def here(cls) -> Self:
        """Make a mark for the running event loop."""
        loop = asyncio.get_running_loop()
        return cls(loop, loop.create_future())

    def answer(self, *, safe: bool) -> None:
        """Resolve the future with the result; the journal's thread calls this."""
        try:
            self.loop.call_soon_threadsafe(self._resolve, safe)
        except RuntimeError:
            log.info("the event loop that waited for the journal is closed")

    def _resolve(self, safe: bool) -> None:
        if not self.future.done():
            self.future.set_result(safe)
