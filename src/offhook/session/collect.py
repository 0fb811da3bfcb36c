"""Plays a prompt, and collects the phone keys that the caller presses. The first key stops the prompt."""

import asyncio
from collections.abc import Callable
from typing import Any

from livekit.agents import AgentSession

from offhook.core.collected import Collected
from offhook.core.errors import OffhookError
from offhook.core.facts import Fact, PauseChanged, Tick
from offhook.engine.user_code import uncounted
from offhook.policies.key_collector import KeyCollector

__all__ = ["KeyCollection"]


class KeyCollection:
    """Collects keys in one call: one collection at a time."""

    def __init__(self, session: AgentSession[Any], post: Callable[[Fact], None]) -> None:
        self._session = session
        self._post = post
        self._loop = asyncio.get_running_loop()
        self._collector: KeyCollector | None = None
        self._changed = asyncio.Event()
        self._result: Collected | None = None

    def notice(self, fact: Fact) -> None:
        """Pass a fact of this call to the running collection."""
        if self._collector is not None and self._result is None:
            self._result = self._collector.handle(fact, self._loop.time())
            self._changed.set()

    async def run(self, collector: KeyCollector, prompt: str, *, by: str = "code") -> Collected:
        """Play the prompt, collect keys, and return the result. Raises `OffhookError` if another collection runs."""
        if self._collector is not None:
            raise OffhookError("keys are being collected already; wait for that result")
        self._collector, self._result = collector, None
        self._post(PauseChanged("keys", paused=True, by=by))
        try:
            with uncounted():
                if prompt:
                    await self._play(prompt, collector)
                return await self._collect(collector)
        finally:
            self._collector = None
            self._post(PauseChanged("keys", paused=False, by=by))

    async def _play(self, prompt: str, collector: KeyCollector) -> None:
        """Play the prompt until its end, or until the first key or word."""
        handle = self._session.say(prompt)
        played = asyncio.ensure_future(handle.wait_for_playout())
        try:
            while not (played.done() or collector.pressed or self._result):
                self._changed.clear()
                changed = asyncio.ensure_future(self._changed.wait())
                await asyncio.wait([played, changed], return_when=asyncio.FIRST_COMPLETED)
                changed.cancel()
        finally:
            played.cancel()
            if not handle.done():
                handle.interrupt(force=True)

    async def _collect(self, collector: KeyCollector) -> Collected:
        collector.start(self._loop.time())
        while self._result is None:
            self._changed.clear()
            try:
                async with asyncio.timeout_at(collector.deadline):
                    await self._changed.wait()
            except TimeoutError:
                self.notice(Tick())
        return self._result
