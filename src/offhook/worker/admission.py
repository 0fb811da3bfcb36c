"""Admits every offered call up to the worker's capacity, even when many calls arrive at once or the machine is busy.

By default, a LiveKit worker reports its CPU use as its load, and LiveKit's server gives no call to a worker with a load
over 0.7. If many calls arrive at once, a worker without offhook accepts only as many calls as it has idle processes. An
offhook worker computes its load from the number of its calls.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from livekit.agents import JobRequest

__all__ = ["Admission"]

log = logging.getLogger("offhook")

_SERVER_LIMIT = 0.69
"""The load that a full worker reports, just under the server's target_load of 0.7. A full worker must still get offers
of calls, so that it can reject these calls.
"""


class Admission:
    """Counts running calls and accepted calls that do not run yet; rejects a call if this sum is not below the
    capacity.
    """

    def __init__(
        self,
        capacity: int,
        running: Callable[[], int],
        *,
        on_request: Callable[[JobRequest], Awaitable[Any]] | None = None,
        on_accepted: Callable[[JobRequest], None] = lambda _: None,
        on_launched: Callable[[JobRequest, str], None] = lambda _request, _identity: None,
        on_refused: Callable[[JobRequest], None] = lambda _: None,
    ) -> None:
        self._capacity = capacity
        self._running = running
        self._on_request = on_request
        self._on_accepted = on_accepted
        self._on_launched = on_launched
        self._on_refused = on_refused
        self._accepted = 0
        self.closed = False

    def load(self) -> float:
        """Return the load that the worker reports to LiveKit's server: 0 when idle, 0.69 when full."""
        return _SERVER_LIMIT * min(1.0, (self._running() + self._accepted) / self._capacity)

    async def __call__(self, request: JobRequest) -> None:
        calls = self._running() + self._accepted
        if self.closed or calls >= self._capacity:
            log.warning("a call was refused", extra={"calls": calls, "capacity": self._capacity, "closed": self.closed})
            await request.reject(terminate=False)  # another worker may have free capacity
            self._on_refused(request)
            return
        self._accepted += 1
        self._watch_accept(request)
        try:
            if self._on_request is not None:
                await self._on_request(request)  # the user's function may reject the call
            else:
                await request.accept()
        finally:
            self._accepted -= 1

    def _watch_accept(self, request: JobRequest) -> None:
        """Make `request.accept` report the call, whether this class or the user's `on_request` calls the method.

        The report after the acceptance has the agent's identity, which `on_request` may choose.
        """
        accept = request.accept

        async def accept_and_report(**arguments: Any) -> None:
            self._on_accepted(request)
            await accept(**arguments)
            self._on_launched(request, arguments.get("identity") or "")

        setattr(request, "accept", accept_and_report)  # noqa: B010  # mypy refuses to assign to a method
