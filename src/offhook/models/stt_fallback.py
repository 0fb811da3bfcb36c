"""Runs several STTs with failover. This is LiveKit's adapter with corrections for two bugs of livekit-agents 1.8.9.

The first bug: LiveKit's adapter counts an attempt to connect as successful even if the attempt ends with a timeout.
Therefore, if an STT hangs while it connects, the adapter retries this STT for ever and never uses the next STT. The
second bug: the adapter does not detect an STT that is connected but returns no transcript.
"""

import asyncio
import dataclasses
import time
from collections.abc import Callable, Sequence
from typing import Any, Self

from livekit import rtc
from livekit.agents import APIConnectionError, APIConnectOptions, APIError, NotGivenOr, stt, vad
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN

__all__ = ["ATTEMPT", "SttFallback"]

ATTEMPT = 5.0
"""Timeout in seconds for the connection to an STT. After this time, the next STT is used."""
_CONNECTED_AFTER = ATTEMPT + 1.0
"""If a stream fails after more than this many seconds, it was connected: an attempt to connect ends earlier."""


class SttFallback(stt.FallbackAdapter):
    """LiveKit's STT failover, without the two bugs. Emits a recoverable `error` event each time an STT connection
    fails.
    """

    def __init__(self, made: Sequence[stt.STT[Any]], *, vad: vad.VAD | None = None) -> None:
        self._mains: list[_MainStream] = []
        for one in made:
            if one.capabilities.streaming:
                setattr(one, "stream", self._with_give_up(one, one.stream))  # noqa: B010  # mypy refuses the assignment to a method
        super().__init__(list(made), vad=vad, attempt_timeout=ATTEMPT)

    def give_up(self) -> None:
        """Switch to the next STT, because the current STT returns no transcript for the caller's speech."""
        for main in self._mains:
            main.give_up()

    def _with_give_up(self, one: stt.STT[Any], stream: Callable[..., stt.RecognizeStream]) -> Callable[..., Any]:
        def open_stream(
            *,
            language: NotGivenOr[str] = NOT_GIVEN,
            conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
        ) -> Any:
            no_retry = dataclasses.replace(conn_options, max_retry=0)
            if not conn_options.max_retry:  # to test a failed STT, the adapter opens a stream without retries
                return stream(language=language, conn_options=no_retry)
            main = _MainStream(
                lambda: stream(language=language, conn_options=no_retry), lambda e: self._report_error(one, e)
            )
            self._mains = [*(known for known in self._mains if not known.closed), main]
            return main

        return open_stream

    def _report_error(self, one: stt.STT[Any], error: APIError) -> None:
        self.emit("error", stt.STTError(timestamp=time.time(), label=one.label, error=error, recoverable=True))


class _MainStream:
    """A replacement for an STT's stream, with the methods that LiveKit's adapter uses. Reconnects if a connection is
    lost, but not if the attempt to connect fails.
    """

    def __init__(self, open_stream: Callable[[], stt.RecognizeStream], emit_error: Callable[[APIError], None]) -> None:
        self._open_stream, self._emit_error = open_stream, emit_error
        self._given_up: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._offset = 0.0
        self.closed = False
        self._open()

    def _open(self) -> None:
        self._stream, self._opened_at, self._received = self._open_stream(), time.time(), False

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
        self.closed = True
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
                self._emit_error(error)
                lasted = time.time() - self._opened_at
                if self._given_up.done() or not (self._received or lasted > _CONNECTED_AFTER):
                    raise
                await self._stream.aclose()
                self._open()
                self._stream.start_time_offset = self._offset + lasted
                self._offset += lasted
            else:
                self._received = True
                return event

    async def _next(self) -> stt.SpeechEvent:
        event = asyncio.ensure_future(anext(self._stream))
        futures: set[asyncio.Future[Any]] = {event, self._given_up}
        try:
            await asyncio.wait(futures, return_when=asyncio.FIRST_COMPLETED)
            if event.done():
                return event.result()
            raise APIConnectionError("the STT returned no transcript for speech")
        finally:
            event.cancel()
