"""Several recognisers, of which one listens: LiveKit's adapter, with ears that give up when they hang.

In livekit-agents 1.8.9 an attempt that lasts as long as its time-out counts as one that was connected, so a recogniser
that hangs while it connects is tried again for ever, and its stand-in never asked. And one that is connected and deaf
is nobody's business there.
"""

import asyncio
import dataclasses
import time
from collections.abc import Callable, Sequence
from typing import Any, Self

from livekit import rtc
from livekit.agents import APIConnectionError, APIConnectOptions, APIError, NotGivenOr, stt, vad
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN

__all__ = ["ATTEMPT", "Ears"]

ATTEMPT = 5.0
"""Seconds that a connection may take; after that the next recogniser is asked."""
_SURELY = ATTEMPT + 1.0
"""Seconds after which an attempt that fails had been connected."""


class Ears(stt.FallbackAdapter):
    """Tells of what its recognisers suffer: `error`, recoverable, each time that one breaks off."""

    def __init__(self, made: Sequence[stt.STT[Any]], *, vad: vad.VAD | None = None) -> None:
        self._main: _Listening | None = None
        for one in made:
            if one.capabilities.streaming:
                setattr(one, "stream", self._giving_up(one, one.stream))  # noqa: B010  # mypy knows it as a method
        super().__init__(list(made), vad=vad, attempt_timeout=ATTEMPT)

    def give_up(self) -> None:
        """Turn to the next recogniser: this one hears a voice and has no words for it."""
        if self._main is not None:
            self._main.give_up()

    def _giving_up(self, one: stt.STT[Any], stream: Callable[..., stt.RecognizeStream]) -> Callable[..., Any]:
        def opened(
            *,
            language: NotGivenOr[str] = NOT_GIVEN,
            conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
        ) -> Any:
            once = dataclasses.replace(conn_options, max_retry=0)
            if not conn_options.max_retry:  # a look whether it is there again, beside the one that listens
                return stream(language=language, conn_options=once)
            self._main = _Listening(lambda: stream(language=language, conn_options=once), lambda e: self._tell(one, e))
            return self._main

        return opened

    def _tell(self, one: stt.STT[Any], error: APIError) -> None:
        self.emit("error", stt.STTError(timestamp=time.time(), label=one.label, error=error, recoverable=True))


class _Listening:
    """What the adapter uses of a stream. A connection that breaks off is made once more, one that hangs is not."""

    def __init__(self, opened: Callable[[], stt.RecognizeStream], tell: Callable[[APIError], None]) -> None:
        self._opened, self._tell = opened, tell
        self._given_up: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._offset = 0.0
        self._open()

    def _open(self) -> None:
        self._stream, self._since, self._heard = self._opened(), time.time(), False

    @property
    def start_time_offset(self) -> float:
        return self._offset

    @start_time_offset.setter
    def start_time_offset(self, value: float) -> None:
        self._offset = self._stream.start_time_offset = value

    def push_frame(self, frame: rtc.AudioFrame) -> None:
        self._stream.push_frame(frame)

    def flush(self) -> None:
        self._stream.flush()

    def end_input(self) -> None:
        self._stream.end_input()

    def give_up(self) -> None:
        if not self._given_up.done():
            self._given_up.set_result(None)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> stt.SpeechEvent:
        while True:
            try:
                event = await self._next()
            except APIError as error:
                self._tell(error)
                lasted = time.time() - self._since
                if self._given_up.done() or not (self._heard or lasted > _SURELY):
                    raise
                await self._stream.aclose()
                self._open()
                self._stream.start_time_offset = self._offset + lasted
                self._offset += lasted
            else:
                self._heard = True
                return event

    async def _next(self) -> stt.SpeechEvent:
        event = asyncio.ensure_future(anext(self._stream))
        either: set[asyncio.Future[Any]] = {event, self._given_up}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if event.done():
                return event.result()
            raise APIConnectionError("it hears a voice and has no words for it")
        finally:
            event.cancel()
