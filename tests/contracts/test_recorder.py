"""LiveKit's recorder, which offhook makes silent in pauses through a method that is not public."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from livekit import rtc
from livekit.agents import AgentSession
from livekit.agents.voice import io

from offhook.session.recorder.pausable import PausableRecorder
from offhook.testing.virtual.run import virtual_runner

pytestmark = pytest.mark.slow

RATE = 48_000
LOUD, SILENT = 0.1, 0.003


def tone(seconds: float) -> rtc.AudioFrame:
    samples = (8000 * np.sin(2 * np.pi * 440 * np.arange(round(seconds * RATE)) / RATE)).astype(np.int16)
    return rtc.AudioFrame(samples.tobytes(), RATE, 1, len(samples))


class Microphone(io.AudioInput):
    """A caller who never stops."""

    def __init__(self) -> None:
        super().__init__(label="microphone")

    def __aiter__(self) -> AsyncIterator[rtc.AudioFrame]:
        return self

    async def __anext__(self) -> rtc.AudioFrame:
        await asyncio.sleep(0.02)
        return tone(0.02)


class Speaker(io.AudioOutput):
    """Plays what it gets, and reports only the end."""

    def __init__(self) -> None:
        super().__init__(label="speaker", capabilities=io.AudioOutputCapabilities(pause=False))

    async def play(self, output: io.AudioOutput, seconds: float) -> None:
        await output.capture_frame(tone(seconds))
        output.flush()
        self.on_playback_started(created_at=time.time())
        await asyncio.sleep(seconds)
        self.on_playback_finished(playback_position=seconds, interrupted=False)

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        await super().capture_frame(frame)

    def flush(self) -> None:
        super().flush()

    def clear_buffer(self) -> None: ...


async def finished(recorder: PausableRecorder) -> None:
    """Close the file; LiveKit writes it in a thread, and virtual time waits for executors only."""
    closing = asyncio.ensure_future(recorder.aclose())
    while not closing.done():
        await asyncio.to_thread(time.perf_counter)
    await closing


async def record(path: Path) -> tuple[tuple[float, float], ...]:
    """Both sides sound for 4 s; the recording starts after 0.5 s and is paused from 1.5 to 2.5 s after its start."""
    recorder, speaker = PausableRecorder(AgentSession()), Speaker()
    heard = recorder.record_input(Microphone())
    output = recorder.record_output(speaker)

    async def listen() -> None:
        async for _ in heard:
            pass

    tasks: list[asyncio.Future[Any]] = [asyncio.ensure_future(listen()), asyncio.ensure_future(speaker.play(output, 4))]
    await asyncio.sleep(0.5)
    await recorder.start(output_path=path)
    await asyncio.sleep(1.5)
    recorder.pause(time.time())
    await asyncio.sleep(1.0)
    recorder.resume(time.time())
    await tasks[1]
    ended_at = time.time()
    tasks[0].cancel()
    await finished(recorder)
    return recorder.gaps(ended_at)


def levels(path: Path) -> Any:
    """The loudest sample of each channel in each 10 ms."""
    with av.open(path) as container:
        sound = np.abs(np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1))
    return sound[:, : sound.shape[1] // 480 * 480].reshape(2, -1, 480).max(axis=2)


def test_a_pause_is_silent_on_both_channels_and_everything_else_is_in_its_place(tmp_path: Path) -> None:
    with virtual_runner() as virtual:
        gaps = virtual.run(record(tmp_path / "call.ogg"))
    (gap,) = gaps
    assert gap == pytest.approx((1.5, 2.5), abs=0.001)
    sound = levels(tmp_path / "call.ogg")
    assert sound.shape[1] == pytest.approx(350, abs=5)
    for channel in sound:
        assert channel[5:145].min() > LOUD
        assert channel[155:245].max() < SILENT
        assert channel[255:345].min() > LOUD


def test_the_overridden_method_is_still_there() -> None:
    from livekit.agents.voice.recorder_io import RecorderIO  # only this test looks into it

    assert callable(RecorderIO._put)  # the one name that is not public
    assert "_put" in vars(PausableRecorder)
