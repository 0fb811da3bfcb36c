"""Which calls this worker takes: all it is offered, up to its capacity, also in a burst and on a busy machine.

LiveKit's own measure is the machine's CPU, and its server gives no call to a worker whose load is over 0.7; offered
more at once than there are idle processes, it takes only so many. Here load means calls.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from livekit.agents import JobRequest

__all__ = ["Admission"]

log = logging.getLogger("offhook")

_SERVER_LIMIT = 0.69
"""Just under the server's target_load of 0.7: a full worker must still be asked, so that it can refuse politely."""


class Admission:
    """Counts calls that run and calls that were accepted but do not run yet."""

    def __init__(
        self,
        capacity: int,
        running: Callable[[], int],
        *,
        then: Callable[[JobRequest], Awaitable[Any]] | None = None,
        taken: Callable[[JobRequest], None] = lambda _: None,
        launched: Callable[[JobRequest], None] = lambda _: None,
    ) -> None:
        self._capacity = capacity
        self._running = running
        self._then = then
        self._taken = taken
        self._launched = launched
        self._accepted = 0
        self.closed = False

    def load(self) -> float:
        """The load to report: 0 when idle, 0.69 when full."""
        return _SERVER_LIMIT * min(1.0, (self._running() + self._accepted) / self._capacity)

    async def __call__(self, request: JobRequest) -> None:
        taken = self._running() + self._accepted
        if self.closed or taken >= self._capacity:
            log.warning("a call was refused", extra={"calls": taken, "capacity": self._capacity, "closed": self.closed})
            await request.reject(terminate=False)  # another worker may have room
            return
        self._accepted += 1
        self._taken(request)
        try:
            if self._then is not None:
                await self._then(request)  # which may refuse
            else:
                await request.accept()
                self._launched(request)
        finally:
            self._accepted -= 1
