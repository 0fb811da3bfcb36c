"""A fault: a named failure of one provider, or of the network, in one or more turns of a call."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from offhook.core.errors import OffhookError
from offhook.testing.faults.strikes import Strikes
from offhook.testing.faults.turns import Turns
from offhook.testing.sandbox.hook import Event, Hook, Refusal, Request
from offhook.testing.sandbox.sandbox import Sandbox

__all__ = ["Behaviour", "Fault", "Service", "service_of"]

Service = Literal["deepgram", "openai", "responses", "realtime", "cartesia", "network"]
"""A provider, or one of OpenAI's APIs. "network" means all providers at once.

Faults of "deepgram" and "cartesia" also act on the STT and the TTS of LiveKit Inference.
"""

Behaviour = Callable[[Turns], Hook]
"""Creates the hook of a fault. Each `Fault.install` creates a new hook, so that calls share no state."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A failure from turn `turn` to turn `until`; with `until=None`, the failure lasts to the end of the call.

    A turn starts when the caller starts to speak, and ends when the caller's next turn starts. Turn 0 is the greeting.
    """

    name: str
    service: Service
    behaviour: Behaviour
    turn: int = 2
    until: int | None = 2

    def __post_init__(self) -> None:
        if self.turn < 0 or (self.until is not None and self.until < self.turn):
            raise OffhookError(f"{self.name}: turn={self.turn!r}, until={self.until!r} is invalid; count turns from 0")

    def in_turn(self, turn: int, *, for_good: bool = False) -> "Fault":
        """Return the same fault in another turn; with `for_good`, from that turn to the end of the call."""
        return replace(self, turn=turn, until=None if for_good else turn)

    def install(self, sandbox: Sandbox, turns: Turns | None = None) -> Strikes:
        """Install the fault in a sandbox; return an object whose `times` shows when the fault acted.

        A sandbox can have several faults. `turns` counts the caller's turns. By default, the turns are counted from the
        requests to the emulated providers and from their events.
        """
        providers = (sandbox.deepgram, sandbox.openai, sandbox.cartesia, sandbox.inference)
        counted = turns or Turns()
        strikes = Strikes(self.behaviour(counted))
        for provider in providers:
            provider.hook = _Scoped(self, counted, strikes, provider.hook)
        return strikes


class _Scoped(Hook):
    """Counts the turns, and applies the fault from turn `fault.turn` to turn `fault.until`.

    Everything that the fault does not stop goes to `inner`, the hook that was installed before.
    """

    def __init__(self, fault: Fault, turns: Turns, faulty: Hook, inner: Hook) -> None:
        self._fault, self._turns, self._faulty, self._inner = fault, turns, faulty, inner

    def _active(self, service: Service | None) -> bool:
        last = self._fault.until
        if self._fault.service not in (service, "network"):
            return False
        return self._turns.now >= self._fault.turn and (last is None or self._turns.now <= last)

    async def before_answer(self, request: Request) -> Refusal | None:
        self._turns.asked(request)
        if self._active(service_of(request.provider, request.path)):
            refusal = await self._faulty.before_answer(request)
            if refusal is not None:
                return refusal
        return await self._inner.before_answer(request)

    async def before_event(self, event: Event) -> str | bytes | None:
        self._turns.told(event)
        if not self._active(service_of(event.provider, event.path)):
            return await self._inner.before_event(event)
        payload = await self._faulty.before_event(event)
        return await self._inner.before_event(replace(event, payload=payload)) if payload is not None else None


def service_of(provider: str, path: str) -> Service | None:
    """Return the service that this path of the provider belongs to; None for a path that has no faults."""
    match provider, path:
        case ("deepgram", "/v1/listen") | ("inference", "/v1/stt"):
            return "deepgram"
        case ("cartesia", "/tts/websocket" | "/tts/bytes") | ("inference", "/v1/tts"):
            return "cartesia"
        case "openai", "/v1/chat/completions":
            return "openai"
        case "openai", "/v1/responses":
            return "responses"
        case "openai", "/v1/realtime":
            return "realtime"
    return None
