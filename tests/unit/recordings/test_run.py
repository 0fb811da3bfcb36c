"""While a worker runs, the recordings of its calls are stored, and those that an earlier worker left."""

import asyncio
import os
import time
from pathlib import Path

import pytest

from offhook.core.errors import SettingsError
from offhook.recordings import bucket as module
from offhook.recordings.run import storing

from .conftest import CALL, Desk


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*.ogg"))


async def _stored(desk: Desk, call: str) -> None:
    async with asyncio.timeout(30):
        while not desk.named("RecordingStored", call):  # noqa: ASYNC110  # threads write the journal
            await asyncio.sleep(0.02)


async def test_what_is_left_and_what_is_added_is_stored(uploading: Desk, bucket: Path) -> None:
    uploading.finished("AJ_left")
    os.utime(uploading.file("AJ_left"), (0, 0))
    async with storing(uploading.settings) as add:
        await _stored(uploading, "AJ_left")
        uploading.finished(CALL)
        await asyncio.to_thread(add, uploading.records(CALL))
        await _stored(uploading, CALL)
    assert names(bucket) == ["AJ_left.ogg", "AJ_recorded.ogg"]


async def test_without_a_bucket_old_files_are_not_looked_at_again(desk: Desk) -> None:
    desk.finished("AJ_old")
    desk.finished("AJ_new")
    os.utime(desk.file("AJ_old"), (0, 0))
    os.utime(desk.file("AJ_new"), (time.time() - 3600, time.time() - 3600))
    async with storing(desk.settings):
        await _stored(desk, "AJ_new")
    assert desk.named("RecordingStored", "AJ_old") == []


async def test_the_last_calls_are_stored_before_the_worker_stops(desk: Desk) -> None:
    desk.finished(CALL)
    async with storing(desk.settings) as add:
        add(desk.records(CALL))
    assert len(desk.named("RecordingStored")) == 1


async def test_calls_without_a_recording_cost_nothing(desk: Desk) -> None:
    async with storing(desk.settings) as add:
        add(())
    assert not desk.settings.journal.exists()


async def test_a_missing_extra_stops_the_worker_at_its_start(uploading: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(url: str) -> None:
        raise SettingsError(f"no obstore for {url}")

    monkeypatch.setattr(module.Bucket, "__init__", lambda _, url: missing(url))
    with pytest.raises(SettingsError, match="no obstore"):
        async with storing(uploading.settings):
            pass
