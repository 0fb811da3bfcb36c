"""Failover between STTs: after a timeout or a no-match to the next STT, after a lost connection a reconnect."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest
from livekit.agents import APIConnectionError, APIConnectOptions, stt
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS

from offhook.models.stt_fallback import ATTEMPT, SttFallback
from offhook.testing import virtual

Run = Callable[["Stream"], Awaitable[None]]


class Scripted(stt.STT[str]):
    """An STT with one script per connection; later connections repeat the last script."""

    def __init__(self, *runs: Run) -> None:
        super().__init__(capabilities=stt.STTCapabilities(streaming=True, interim_results=True))
        self.runs: Sequence[Run] = runs
        self.connections = 0

    def stream(self, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS, **_: Any) -> "Stream":
        return Stream(stt=self, conn_options=conn_options)

    async def _recognize_impl(self, *_: Any, **__: Any) -> stt.SpeechEvent:
        raise NotImplementedError


class Stream(stt.RecognizeStream):
    """One connection."""

    async def _run(self) -> None:
        ears = self._stt
        assert isinstance(ears, Scripted)
        ears.connections += 1
        await ears.runs[min(ears.connections, len(ears.runs)) - 1](self)

    def understands(self, text: str) -> None:
        said = stt.SpeechData(language="en", text=text)
        self._event_ch.send_nowait(stt.SpeechEvent(stt.SpeechEventType.INTERIM_TRANSCRIPT, alternatives=[said]))


async def hangs(stream: Stream) -> None:
    await asyncio.sleep(stream._conn_options.timeout + 0.01)  # a real STT also raises a little after the timeout
    raise APIConnectionError("it hangs")


async def is_deaf(_: Stream) -> None:
    await asyncio.sleep(600)


async def breaks_off(stream: Stream) -> None:
    await asyncio.sleep(1)
    stream.understands("half")
    await asyncio.sleep(1)
    raise APIConnectionError("it broke off")


async def hears(stream: Stream) -> None:
    await asyncio.sleep(1)
    stream.understands("hello")
    await asyncio.sleep(600)


def listened(make: Callable[..., stt.STT[Any]], *ears: Scripted, give_up_at: float | None = None) -> Any:
    """The transcripts of the first minute with their times, and the errors that were emitted."""
    understood: list[tuple[float, str]] = []
    errors: list[stt.STTError] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        adapter = make(list(ears))
        adapter.on("error", errors.append)
        if give_up_at is not None:
            loop.call_later(give_up_at, adapter.give_up)

        async def listen() -> None:
            async with adapter.stream() as stream:
                async for event in stream:
                    text = event.alternatives[0].text
                    understood.append((round(loop.time() - began, 1), text))

        listening = asyncio.create_task(listen())
        await asyncio.wait([listening], timeout=60)
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await adapter.aclose()

    virtual.run(main(), grace=0.0)
    return understood, [str(error.error) for error in errors if error.recoverable]


def test_a_recogniser_that_hangs_while_it_connects_is_followed_by_the_next() -> None:
    understood, errors = listened(SttFallback, Scripted(hangs), Scripted(hears))
    assert (understood, errors) == ([(ATTEMPT + 1, "hello")], ["it hangs"])


def test_livekits_adapter_alone_waits_for_it_for_ever() -> None:
    def alone(made: list[stt.STT[Any]], **rest: Any) -> stt.FallbackAdapter:
        return stt.FallbackAdapter(made, attempt_timeout=ATTEMPT, **rest)

    next_one = Scripted(hears)
    understood, _ = listened(alone, Scripted(hangs), next_one)
    assert (understood, next_one.connections) == ([], 0), (
        "LiveKit has fixed this bug: remove offhook.models.stt_fallback"
    )


def test_a_recogniser_that_breaks_off_is_connected_again() -> None:
    next_one = Scripted(hears)
    understood, errors = listened(SttFallback, Scripted(breaks_off, hears), next_one)
    assert (understood, errors) == ([(1, "half"), (3, "hello")], ["it broke off"])
    assert next_one.connections == 0


def test_one_that_hangs_when_it_is_connected_again_is_followed_by_the_next() -> None:
    understood, errors = listened(SttFallback, Scripted(breaks_off, hangs), Scripted(hears))
    assert (understood, errors) == ([(1, "half"), (2 + ATTEMPT + 1, "hello")], ["it broke off", "it hangs"])


def test_one_that_is_deaf_can_be_given_up() -> None:
    understood, errors = listened(SttFallback, Scripted(is_deaf), Scripted(hears), give_up_at=10)
    assert (understood, errors) == ([(11, "hello")], ["the STT returned no transcript for speech"])


@pytest.mark.parametrize("count", [1, 2])
def test_giving_up_what_does_not_listen_yet_is_nothing(count: int) -> None:
    async def main() -> None:
        ears = SttFallback([Scripted(hears)] * count)
        ears.give_up()
        await ears.aclose()

    virtual.run(main(), grace=0.0)
