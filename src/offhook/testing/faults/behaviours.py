"""What can go wrong on a wire, whoever is at its other end."""

import asyncio
from collections.abc import Callable, Collection

from offhook.testing.sandbox.hook import Cut, Event, Hook, How, Refusal, Request

__all__ = [
    "Broken",
    "Hanging",
    "Late",
    "Muted",
    "Refusing",
    "Replaced",
    "Severed",
    "Slow",
    "Stalling",
    "Swallowed",
    "Vanished",
]

FOR_EVER = 86_400.0


class _Limited(Hook):
    """Acts on requests of these kinds, and only so many `times`."""

    def __init__(self, how: Collection[How], times: int | None = None) -> None:
        self._how, self._left = how, times

    def due(self, request: Request) -> bool:
        if request.how not in self._how or request.body.get("type") == "session.update":
            return False
        if self._left is not None:
            self._left -= 1
            return self._left >= 0
        return True


class Refusing(_Limited):
    """Answers with a status; `cut` also cuts a connection that is there already, so that it has to be made anew."""

    def __init__(self, status: int, how: Collection[How], *, times: int | None = None, cut: bool = False) -> None:
        super().__init__(how, times)
        self._status, self._cut = status, cut

    async def before_answer(self, request: Request) -> Refusal | None:
        return Refusal(self._status) if self.due(request) else None

    async def before_event(self, event: Event) -> str | bytes | None:
        if self._cut:
            raise Cut
        return event.payload


class Hanging(_Limited):
    """Takes the request and never answers."""

    async def before_answer(self, request: Request) -> Refusal | None:
        if self.due(request):
            await asyncio.sleep(FOR_EVER)
        return None


class Slow(_Limited):
    """Answers, but `seconds` later."""

    def __init__(self, seconds: float, how: Collection[How], times: int | None = None) -> None:
        super().__init__(how, times)
        self._seconds = seconds

    async def before_answer(self, request: Request) -> Refusal | None:
        if self.due(request):
            await asyncio.sleep(self._seconds)
        return None


class _Counted(Hook):
    """Acts when `after` of something has left; `weigh` says how much of it an event is."""

    def __init__(self, after: float, weigh: Callable[[Event], float], times: int | None) -> None:
        self._after, self._weigh, self._left = after, weigh, times
        self._sent = 0.0

    async def before_event(self, event: Event) -> str | bytes | None:
        weight = self._weigh(event)
        if not weight or (self._left is not None and self._left <= 0):
            return event.payload
        if self._sent < self._after - 1e-9:
            self._sent += weight
            return event.payload
        return await self._act(event)

    async def _act(self, event: Event) -> str | bytes | None:
        raise NotImplementedError

    def _done(self) -> None:
        """It has happened; the next answer counts anew."""
        self._sent = 0.0
        if self._left is not None:
            self._left -= 1


class Stalling(_Counted):
    """Sends so much, and then nothing more; the line stays open."""

    async def _act(self, event: Event) -> str | bytes | None:  # noqa: ARG002  # whatever it is, it does not leave
        self._done()
        await asyncio.sleep(FOR_EVER)
        return None


class Broken(_Counted):
    """Sends so much, and then cuts the line."""

    async def _act(self, event: Event) -> str | bytes | None:  # noqa: ARG002  # whatever it is, it does not leave
        self._done()
        raise Cut


class Replaced(_Counted):
    """Sends so much, and then something else instead."""

    def __init__(
        self, after: float, weigh: Callable[[Event], float], times: int | None, instead: Callable[[Event], str | bytes]
    ) -> None:
        super().__init__(after, weigh, times)
        self._instead = instead

    async def _act(self, event: Event) -> str | bytes | None:
        self._done()
        return self._instead(event)


class Swallowed(Hook):
    """Sends something else in place of the first event of this kind, and leaves out those that follow it directly."""

    def __init__(self, kind: str, instead: Callable[[Event], str]) -> None:
        self._kind, self._instead = kind, instead
        self._state = "before"

    async def before_event(self, event: Event) -> str | bytes | None:
        if event.kind != self._kind:
            self._state = "after" if self._state == "now" else self._state
        elif self._state == "before":
            self._state = "now"
            return self._instead(event)
        return None if self._state == "now" else event.payload


class Muted(Hook):
    """Leaves these kinds of events out."""

    def __init__(self, kinds: Collection[str]) -> None:
        self._kinds = kinds

    async def before_event(self, event: Event) -> str | bytes | None:
        return None if event.kind in self._kinds else event.payload


class Late(Hook):
    """Sends events that `which` names so many seconds late, and everything after them too."""

    def __init__(self, seconds: float, which: Callable[[Event], float]) -> None:
        self._seconds, self._which = seconds, which

    async def before_event(self, event: Event) -> str | bytes | None:
        if self._which(event):
            await asyncio.sleep(self._seconds)
        return event.payload


class Severed(Hook):
    """Cuts whatever is asked and whatever is answered."""

    async def before_answer(self, request: Request) -> Refusal | None:  # noqa: ARG002  # whatever it is
        raise Cut

    async def before_event(self, event: Event) -> str | bytes | None:  # noqa: ARG002  # whatever it is
        raise Cut


class Vanished(Hook):
    """Lets nothing through, in either direction, and breaks nothing."""

    async def before_answer(self, request: Request) -> Refusal | None:  # noqa: ARG002  # whatever it is
        await asyncio.sleep(FOR_EVER)
        return None

    async def before_event(self, event: Event) -> str | bytes | None:  # noqa: ARG002  # whatever it is
        await asyncio.sleep(FOR_EVER)
        return None
