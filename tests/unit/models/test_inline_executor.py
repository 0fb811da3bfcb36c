"""offhook's VAD computes in the thread of the session, and reports what LiveKit's own VAD reports."""

import asyncio
import threading
from typing import Any

import pytest
from livekit import rtc
from livekit.agents import inference, vad

from offhook.models import choose
from offhook.models.inline_executor import InlineExecutor
from offhook.settings import Settings
from offhook.testing.speech import RATE, load

_SAMPLES = RATE // 20
"""50 ms, the frames in which LiveKit reads a room."""

Event = tuple[str, int, float, float, int]


async def _events(detector: vad.VAD, line: str) -> list[Event]:
    """Return the events of this line followed by a second of silence. LiveKit's probabilities differ slightly in each
    run, also with its own executor, so they are left out.
    """
    stream, pcm = detector.stream(), load(line).tobytes() + bytes(2 * RATE)
    for at in range(0, len(pcm) - 2 * _SAMPLES, 2 * _SAMPLES):
        stream.push_frame(rtc.AudioFrame(pcm[at : at + 2 * _SAMPLES], RATE, 1, _SAMPLES))
    stream.end_input()
    found = [
        (one.type, one.samples_index, one.speech_duration, one.silence_duration, one.frames[0].samples_per_channel)
        async for one in stream
    ]
    await stream.aclose()
    return [(str(kind), *rest) for kind, *rest in found]


@pytest.mark.parametrize("line", ["what time is it", "monologue", "cough", "hiss"])
async def test_the_chosen_vad_reports_the_events_of_livekits_own(line: str) -> None:
    chosen = choose(Settings(preset="offline")).vad
    assert await _events(chosen, line) == await _events(inference.VAD(model="silero"), line)


async def test_the_chosen_vad_starts_no_thread() -> None:
    before = threading.active_count()
    stream = choose(Settings(preset="offline")).vad.stream()
    stream.push_frame(rtc.AudioFrame.create(RATE, 1, _SAMPLES))
    await anext(stream)
    assert threading.active_count() == before
    await stream.aclose()


async def test_a_call_in_the_loop_is_done_before_the_loop_goes_on() -> None:
    loop, turns = asyncio.get_running_loop(), []
    loop.call_soon(turns.append, "next turn of the loop")
    assert await loop.run_in_executor(InlineExecutor(), threading.get_ident) == threading.get_ident()
    assert turns == []


async def test_an_error_reaches_the_caller() -> None:
    def fails() -> Any:
        raise ValueError("no model")

    with pytest.raises(ValueError, match="no model"):
        await asyncio.get_running_loop().run_in_executor(InlineExecutor(), fails)
