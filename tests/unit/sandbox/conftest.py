"""The sandbox, and the objects that a plugin needs outside of a job."""

from collections.abc import AsyncIterator, Callable

import numpy as np
import pytest
from livekit import rtc
from livekit.agents import APIConnectOptions, utils

from offhook.testing.sandbox import Oracle, Sandbox, Script
from offhook.testing.speech import RATE, load

ONCE = APIConnectOptions(max_retry=0, timeout=5)


@pytest.fixture
def once() -> APIConnectOptions:
    """No retries: the first error is raised."""
    return ONCE


@pytest.fixture
async def plugins() -> AsyncIterator[None]:
    """The HTTP session that plugins get in a job."""
    async with utils.http_context.open():
        yield


@pytest.fixture
def oracle() -> Oracle:
    return Oracle()


@pytest.fixture
async def sandbox(plugins: None, oracle: Oracle) -> AsyncIterator[Sandbox]:
    """A sandbox with an oracle as STT and a script of two answers as LLM."""
    async with Sandbox(stt=oracle, llm=Script("Good day to you.", "And another one.")) as running:
        yield running


@pytest.fixture
def spoken() -> Callable[..., list[rtc.AudioFrame]]:
    """A shipped line and one second of silence, in frames of 20 ms."""

    def frames(line: str, *, rate: int = RATE) -> list[rtc.AudioFrame]:
        pcm = np.concatenate([load(line), np.zeros(RATE, np.int16)])[:: RATE // rate]
        size = rate // 50
        return [
            rtc.AudioFrame(pcm[start : start + size].tobytes(), rate, 1, size)
            for start in range(0, len(pcm) - size, size)
        ]

    return frames
