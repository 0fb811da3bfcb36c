"""An STT model that recognises real English speech with PocketSphinx, as the offline STT does."""

from offhook.models.offline.decoders import DecoderThread, SphinxDecoder
from offhook.testing.sandbox.stt import SpeechResult

__all__ = ["PocketSphinxStt"]


class PocketSphinxStt:
    """Recognises speech; with `phrases`, only these sentences."""

    def __init__(self, *phrases: str) -> None:
        self._thread = DecoderThread(phrases, "sandbox stt")

    async def begin(self) -> SpeechResult:
        return _Recognised(self._thread, await self._thread.run(self._thread.decoders.take))


class _Recognised:
    def __init__(self, thread: DecoderThread, decoder: SphinxDecoder) -> None:
        self._thread, self._decoder, self._open = thread, decoder, False

    async def hear(self, pcm: bytes) -> None:
        if not pcm:  # PocketSphinx does not accept an empty buffer
            return
        work = self._decoder.hear if self._open else self._decoder.begin
        self._open = True
        await self._thread.run(work, pcm)

    async def so_far(self) -> str:
        return await self._thread.run(self._decoder.understood) if self._open else ""

    async def whole(self) -> str:
        if not self._open:
            return ""
        self._open = False
        return await self._thread.run(self._decoder.end)

    def done(self) -> None:
        self._thread.give_back(self._decoder)
