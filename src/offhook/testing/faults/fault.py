"""What a fault is: something that one provider does wrong in one turn of a call, with a name."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from offhook.core.errors import OffhookError
from offhook.testing.faults.turns import Turns
from offhook.testing.sandbox.hook import Event, Hook, Refusal, Request
from offhook.testing.sandbox.sandbox import Sandbox

__all__ = ["Behaviour", "Fault", "Service"]

Service = Literal["deepgram", "openai", "responses", "realtime", "cartesia", "network"]
"""A provider, or one of the ways to speak with it; the network is the way to all of them."""

Behaviour = Callable[[Turns], Hook]
"""Makes what happens while the fault is in force; made anew for each sandbox, so that nothing is left of a call."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong in this turn; `until` is the last turn in which it still does, None: for good.

    A turn begins when the caller begins to speak and goes on until they speak again; turn 0 is the greeting's.
    """

    name: str
    service: Service
    behaviour: Behaviour
    turn: int = 2
    until: int | None = 2

    def __post_init__(self) -> None:
        if self.turn < 0 or (self.until is not None and self.until < self.turn):
            raise OffhookError(f"{self.name}: turn={self.turn!r} cannot last until {self.until!r}; count turns from 0")

    def in_turn(self, turn: int, *, for_good: bool = False) -> "Fault":
        """The same fault in another turn."""
        return replace(self, turn=turn, until=None if for_good else turn)

    def install(self, sandbox: Sandbox) -> None:
        """Let it happen in this sandbox. Several faults may be there together."""
        providers = (sandbox.deepgram, sandbox.openai, sandbox.cartesia)
        turns = Turns()
        wrong = self.behaviour(turns)
        for provider in providers:
            provider.hook = _Scoped(self, turns, wrong, provider.hook)


class _Scoped(Hook):
    """Counts turns, and lets the fault act in its own; before and after it there is whatever was there already."""

    def __init__(self, fault: Fault, turns: Turns, wrong: Hook, inner: Hook) -> None:
        self._fault, self._turns, self._wrong, self._inner = fault, turns, wrong, inner

    def _on(self, service: Service | None) -> bool:
        last = self._fault.until
        if self._fault.service not in (service, "network"):
            return False
        return self._turns.now >= self._fault.turn and (last is None or self._turns.now <= last)

    async def before_answer(self, request: Request) -> Refusal | None:
        self._turns.asked(request)
        if self._on(_service(request.provider, request.path)):
            refusal = await self._wrong.before_answer(request)
            if refusal is not None:
                return refusal
        return await self._inner.before_answer(request)

    async def before_event(self, event: Event) -> str | bytes | None:
        self._turns.told(event)
        if not self._on(_service(event.provider, event.path)):
            return await self._inner.before_event(event)
        payload = await self._wrong.before_event(event)
        return await self._inner.before_event(replace(event, payload=payload)) if payload is not None else None


def _service(provider: str, path: str) -> Service | None:
    match provider, path:
        case "deepgram", "/v1/listen":
            return "deepgram"
        case "cartesia", "/tts/websocket" | "/tts/bytes":
            return "cartesia"
        case "openai", "/v1/chat/completions":
            return "openai"
        case "openai", "/v1/responses":
            return "responses"
        case "openai", "/v1/realtime":
            return "realtime"
    return None
