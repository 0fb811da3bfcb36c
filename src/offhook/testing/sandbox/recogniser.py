"""Ears that really understand English: PocketSphinx, as the offline models have it."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from offhook.models.offline.decoders import SHARED, Decoders
from offhook.models.offline.decoders import Ears as Decoder
from offhook.testing.sandbox.ears import Understanding

__all__ = ["PocketSphinxEars"]

P = ParamSpec("P")
T = TypeVar("T")


class PocketSphinxEars:
    """Recognises what is said; `phrases` narrows it to those sentences."""

    def __init__(self, *phrases: str) -> None:
        self._decoders = _decoders(phrases)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sandbox ears")

    async def begin(self) -> Understanding:
        return _Understood(self, await self.do(self._decoders.take))

    async def do(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: work(*args, **kwargs))

    def give_back(self, decoder: Decoder, *, open_: bool) -> None:
        """After the last decoding, which a cancelled task leaves running on the thread."""

        def give() -> None:
            if open_:
                decoder.end()
            self._decoders.give(decoder)

        self._thread.submit(give)


class _Understood:
    def __init__(self, ears: PocketSphinxEars, decoder: Decoder) -> None:
        self._ears, self._decoder, self._open = ears, decoder, False

    async def hear(self, pcm: bytes) -> None:
        if not pcm:  # PocketSphinx takes no empty buffer
            return
        work = self._decoder.hear if self._open else self._decoder.begin
        self._open = True
        await self._ears.do(work, pcm)

    async def so_far(self) -> str:
        return await self._ears.do(self._decoder.understood) if self._open else ""

    async def whole(self) -> str:
        if not self._open:
            return ""
        self._open = False
        return await self._ears.do(self._decoder.end)

    def done(self) -> None:
        self._ears.give_back(self._decoder, open_=self._open)


def _decoders(phrases: Sequence[str]) -> Decoders:
    return Decoders(phrases) if phrases else SHARED
