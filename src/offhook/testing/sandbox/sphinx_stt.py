"""An STT model that recognises real English speech: PocketSphinx, as in the offline models."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from offhook.models.offline.decoders import SHARED, Decoders
from offhook.models.offline.decoders import SphinxDecoder as Decoder
from offhook.testing.sandbox.stt import SpeechResult

__all__ = ["PocketSphinxStt"]

P = ParamSpec("P")
T = TypeVar("T")


class PocketSphinxStt:
    """Recognises speech; `phrases` limits the recognition to these sentences."""

    def __init__(self, *phrases: str) -> None:
        self._decoders = _decoders(phrases)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sandbox stt")

    async def begin(self) -> SpeechResult:
        return _Recognised(self, await self.do(self._decoders.take))

    async def do(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: work(*args, **kwargs))

    def give_back(self, decoder: Decoder, *, open_: bool) -> None:
        """Give the decoder back after its last job. The job may still run on the thread if its task was cancelled."""

        def give() -> None:
            if open_:
                decoder.end()
            self._decoders.give(decoder)

        self._thread.submit(give)


class _Recognised:
    def __init__(self, stt: PocketSphinxStt, decoder: Decoder) -> None:
        self._stt, self._decoder, self._open = stt, decoder, False

    async def hear(self, pcm: bytes) -> None:
        if not pcm:  # PocketSphinx does not accept an empty buffer
            return
        work = self._decoder.hear if self._open else self._decoder.begin
        self._open = True
        await self._stt.do(work, pcm)

    async def so_far(self) -> str:
        return await self._stt.do(self._decoder.understood) if self._open else ""

    async def whole(self) -> str:
        if not self._open:
            return ""
        self._open = False
        return await self._stt.do(self._decoder.end)

    def done(self) -> None:
        self._stt.give_back(self._decoder, open_=self._open)


def _decoders(phrases: Sequence[str]) -> Decoders:
    return Decoders(phrases) if phrases else SHARED
