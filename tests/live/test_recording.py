"""Recorded calls on a real server: the pause in the audio, the upload, and what a killed job leaves."""

import asyncio
import json
import wave
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import av
import numpy as np
import psutil
import pytest

from offhook.client import Client
from offhook.recordings.file import measured
from offhook.testing import Caller

pytestmark = [pytest.mark.live, pytest.mark.exact]

AGENT = Path(__file__).parent / "agents" / "recorded.py"
LOUD, SILENT = 0.02, 0.002
FADE = 5
"""Steps of 10 ms in which Opus lets a sound fade that was cut."""
WorkerOn = Callable[..., AbstractContextManager[Any]]


@pytest.fixture(scope="module")
def desk(livekit: Any, worker_on: WorkerOn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("recorded")
    url = (folder / "bucket").as_uri()
    with worker_on(AGENT, livekit, folder / "journal.db", "recorded", OFFHOOK_RECORDINGS_URL=url) as desk:
        yield desk


@pytest.fixture(scope="module")
def tone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the caller sounds like: 12 s of a tone."""
    path = tmp_path_factory.mktemp("tone") / "tone.wav"
    samples = (8000 * np.sin(2 * np.pi * 600 * np.arange(12 * 48_000) / 48_000)).astype(np.int16)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes(samples.tobytes())
    return path


def levels(path: Path) -> Any:
    """The loudest sample of the caller and of the agent in each 10 ms."""
    with av.open(path) as container:
        sound = np.abs(np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1))
    return sound[:, : sound.shape[1] // 480 * 480].reshape(2, -1, 480).max(axis=2)


def recordings(desk: Any) -> Path:
    folder: Path = desk.journal.parent / "recordings"
    return folder


async def consents(desk: Any, room: str, caller: Caller) -> None:
    await caller.hears(since=caller.joined_at, timeout=40)
    await caller.press("1")
    await desk.tells(room, "RecordingStarted")


async def test_a_pause_by_command_is_exact_to_100_ms_and_the_file_is_uploaded(
    desk: Any, room: str, tone: Path, tmp_path: Path
) -> None:
    keys = desk.server
    async with (
        desk.caller(room) as caller,
        Client(url=keys.url, key=keys.api_key, secret=keys.api_secret, by="night desk") as client,
    ):
        await consents(desk, room, caller)
        sounding = asyncio.ensure_future(caller.say(tone))
        await asyncio.sleep(2.5)  # both sound
        assert (await client.call(room).pause_recording()).ok
        await caller.press("4")
        await asyncio.sleep(1.5)
        assert (await client.call(room).resume_recording()).ok
        await asyncio.sleep(1.5)
        await caller.hang_up()
        sounding.cancel()
    stored = (await desk.tells(room, "RecordingStored", timeout=30)).body
    (kept,) = desk.bodies(room, "RecordingKept")
    file = Path(urlsplit(str(stored["url"])).path)
    assert measured(file).sha256 == kept["sha256"] == stored["sha256"]
    assert list(recordings(desk).glob("*.ogg")) == []
    assert [body["digit"] for body in desk.bodies(room, "KeyPressed")] == ["1", "[not recorded]"]
    ((start, end),) = kept["gaps"]
    records = {record.name: record.at for record in desk.records(room)}
    began = float(kept["started_at"])
    assert (start, end) == pytest.approx(
        (records["RecordingPaused"] - began, records["RecordingResumed"] - began), abs=0.1
    )
    for channel in levels(file):
        inside = channel[round((start + 0.1) * 100) : round((end - 0.1) * 100)]
        before = channel[round((start - 0.3) * 100) : round((start - 0.1) * 100)].max()
        assert before > LOUD
        assert inside[:FADE].max() < before / 10  # a sound that is cut fades out in the codec; speech would be as loud
        assert inside[FADE:].max() < SILENT
        assert channel[round((end + 0.1) * 100) : round((end + 0.3) * 100)].max() > LOUD


async def test_a_job_that_is_killed_at_once_leaves_no_recording_and_says_so(desk: Any, room: str) -> None:
    async with desk.caller(room) as caller:
        await consents(desk, room, caller)
        job_of(desk).kill()
        await caller.ended(timeout=20)
    failed = (await desk.tells(room, "RecordingFailed", timeout=20)).body
    assert (failed["stage"], failed["final"]) == ("keep", True)
    assert str(failed["error"]).startswith("the job process died")


def job_of(desk: Any) -> psutil.Process:
    """The job process of the latest call."""
    line = [one for one in desk.worker.lines if "picked up" in one][-1]
    return psutil.Process(json.loads(line)["pid"])
