"""Faulty behaviours of a connection, for every provider: refuse, hang, stall, cut, replace."""

import asyncio
from collections.abc import Callable, Collection

from offhook.testing.sandbox.hook import Disconnect, Event, Hook, How, Refusal, Request

__all__ = [
    "BlackHoled",
    "Broken",
    "Disconnected",
    "Hanging",
    "Late",
    "Muted",
    "Refusing",
    "Replaced",
    "Slow",
    "Stalling",
    "Swallowed",
]

FOR_EVER = 86_400.0  # seconds
_NO_REQUEST = ("session.update", "session.create", "session.flush", "session.close")
"""These types of messages only change the session; they request no answer and no speech."""


class _Limited(Hook):
    """Acts on requests of the kinds in `how`, at most `times` times."""

    def __init__(self, how: Collection[How], times: int | None = None) -> None:
        self._how, self._left = how, times

    def due(self, request: Request) -> bool:
        if request.how not in self._how or request.body.get("type") in _NO_REQUEST:
            return False
        if self._left is not None:
            self._left -= 1
            return self._left >= 0
        return True


class Refusing(_Limited):
    """Answers requests with an HTTP error; `cut` also cuts open connections, so that the plugin must reconnect."""

    def __init__(self, status: int, how: Collection[How], *, times: int | None = None, cut: bool = False) -> None:
        super().__init__(how, times)
        self._status, self._cut = status, cut

    async def before_answer(self, request: Request) -> Refusal | None:
        return Refusal(self._status) if self.due(request) else None

    async def before_event(self, event: Event) -> str | bytes | None:
        if self._cut:
            raise Disconnect
        return event.payload


class Hanging(_Limited):
    """Accepts the request and never answers."""

    async def before_answer(self, request: Request) -> Refusal | None:
        if self.due(request):
            await asyncio.sleep(FOR_EVER)
        return None


class Slow(_Limited):
    """Answers `seconds` late."""

    def __init__(self, seconds: float, how: Collection[How], times: int | None = None) -> None:
        super().__init__(how, times)
        self._seconds = seconds

    async def before_answer(self, request: Request) -> Refusal | None:
        if self.due(request):
            await asyncio.sleep(self._seconds)
        return None


class _Counted(Hook):
    """Acts when the amount `after` has been sent; `measure` returns the amount in one event, in words or seconds."""

    def __init__(self, after: float, measure: Callable[[Event], float], times: int | None) -> None:
        self._after, self._measure, self._left = after, measure, times
        self._sent = 0.0

    async def before_event(self, event: Event) -> str | bytes | None:
        amount = self._measure(event)
        if not amount or (self._left is not None and self._left <= 0):
            return event.payload
        if self._sent < self._after - 1e-9:
            self._sent += amount
            return event.payload
        return await self._act(event)

    async def _act(self, event: Event) -> str | bytes | None:
        raise NotImplementedError

    def _done(self) -> None:
        """Record that the fault acted, and start to count the sent amount from zero again."""
        self._sent = 0.0
        if self._left is not None:
            self._left -= 1


class Stalling(_Counted):
    """Stops sending after `after` words or seconds (see `measure`); the connection stays open."""

    async def _act(self, event: Event) -> str | bytes | None:  # noqa: ARG002  # every event is stopped
        self._done()
        await asyncio.sleep(FOR_EVER)
        return None


class Broken(_Counted):
    """Cuts the connection after `after` words or seconds (see `measure`)."""

    async def _act(self, event: Event) -> str | bytes | None:  # noqa: ARG002  # every event is stopped
        self._done()
        raise Disconnect


class Replaced(_Counted):
    """Replaces the first event after `after` words or seconds (see `measure`)."""

    def __init__(
        self,
        after: float,
        measure: Callable[[Event], float],
        times: int | None,
        instead: Callable[[Event], str | bytes],
    ) -> None:
        super().__init__(after, measure, times)
        self._instead = instead

    async def _act(self, event: Event) -> str | bytes | None:
        self._done()
        return self._instead(event)


class Swallowed(Hook):
    """Replaces the first event of these kinds, and drops the directly following events of these kinds."""

    def __init__(self, kinds: Collection[str], instead: Callable[[Event], str]) -> None:
        self._kinds, self._instead = kinds, instead
        self._state = "before"

    async def before_event(self, event: Event) -> str | bytes | None:
        if event.kind not in self._kinds:
            self._state = "after" if self._state == "now" else self._state
        elif self._state == "before":
            self._state = "now"
            return self._instead(event)
        return None if self._state == "now" else event.payload


class Muted(Hook):
    """Drops events of these kinds."""

    def __init__(self, kinds: Collection[str]) -> None:
        self._kinds = kinds

    async def before_event(self, event: Event) -> str | bytes | None:
        return None if event.kind in self._kinds else event.payload


class Late(Hook):
    """Delays the events that `which` selects. All later events wait for the delayed events."""

    def __init__(self, seconds: float, which: Callable[[Event], float]) -> None:
        self._seconds, self._which = seconds, which

    async def before_event(self, event: Event) -> str | bytes | None:
        if self._which(event):
            await asyncio.sleep(self._seconds)
        return event.payload


class Disconnected(Hook):
    """Cuts the connection at every request and every event."""

    async def before_answer(self, request: Request) -> Refusal | None:  # noqa: ARG002  # acts on all
        raise Disconnect

    async def before_event(self, event: Event) -> str | bytes | None:  # noqa: ARG002  # acts on all
        raise Disconnect


class BlackHoled(Hook):
    """Blocks every request and every event; the connections stay open."""

    async def before_answer(self, request: Request) -> Refusal | None:  # noqa: ARG002  # acts on all
        await asyncio.sleep(FOR_EVER)
        return None

    async def before_event(self, event: Event) -> str | bytes | None:  # noqa: ARG002  # acts on all
        await asyncio.sleep(FOR_EVER)
        return None
