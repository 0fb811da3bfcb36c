"""Records when a fault acts, so that a test can check if the fault acted at all."""

import asyncio

from offhook.testing.sandbox.hook import Event, Hook, Refusal, Request

__all__ = ["Strikes"]


class Strikes(Hook):
    """Calls the fault's hook; `times` has the times at which the fault acted, in seconds of the loop's clock."""

    def __init__(self, fault: Hook) -> None:
        self._fault = fault
        self.times: list[float] = []

    async def before_answer(self, request: Request) -> Refusal | None:
        began = self._begin()
        refusal = await self._fault.before_answer(request)
        self._end(began, harmless=refusal is None)
        return refusal

    async def before_event(self, event: Event) -> str | bytes | None:
        began = self._begin()
        payload = await self._fault.before_event(event)
        self._end(began, harmless=payload == event.payload)
        return payload

    def _begin(self) -> float:
        """Record the time; called before the fault's hook, because the hook may raise or never return.

        `_end` removes the time if the fault changed nothing.
        """
        now = asyncio.get_running_loop().time()
        self.times.append(now)
        return now

    def _end(self, began: float, *, harmless: bool) -> None:
        if harmless and asyncio.get_running_loop().time() == began:
            self.times.remove(began)
