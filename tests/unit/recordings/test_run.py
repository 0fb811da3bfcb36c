"""While a worker runs, the recordings of its calls are stored, and those that an earlier worker left."""

import asyncio
import logging
import os
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from offhook.core.errors import SettingsError
from offhook.recordings import bucket as module
from offhook.recordings.run import storing

from .conftest import CALL, Desk


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*.ogg"))


class Stored(logging.Handler):
    """Waits for the line of the log that says that a recording is stored. The line follows the journal's record."""

    def __init__(self) -> None:
        super().__init__()
        self._loop = asyncio.get_running_loop()
        self._calls: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)

    def emit(self, record: logging.LogRecord) -> None:
        if record.msg == "a recording is stored":  # in a thread
            self._loop.call_soon_threadsafe(self._set, record.__dict__["call"])

    def _set(self, call: str) -> None:
        self._calls[call].set()

    async def wait(self, call: str) -> None:
        async with asyncio.timeout(30):
            await self._calls[call].wait()


@pytest.fixture
async def stored(caplog: pytest.LogCaptureFixture) -> AsyncIterator[Stored]:
    caplog.set_level(logging.INFO, "offhook")
    log, handler = logging.getLogger("offhook"), Stored()
    log.addHandler(handler)
    yield handler
    log.removeHandler(handler)


async def test_what_is_left_and_what_is_added_is_stored(uploading: Desk, bucket: Path, stored: Stored) -> None:
    uploading.finished("AJ_left")
    os.utime(uploading.file("AJ_left"), (0, 0))
    async with storing(uploading.settings) as add:
        await stored.wait("AJ_left")
        uploading.finished(CALL)
        await asyncio.to_thread(add, uploading.records(CALL))
        await stored.wait(CALL)
    assert names(bucket) == ["AJ_left.ogg", "AJ_recorded.ogg"]
    assert [len(uploading.named("RecordingStored", call)) for call in ("AJ_left", CALL)] == [1, 1]


async def test_without_a_bucket_old_files_are_not_looked_at_again(desk: Desk, stored: Stored) -> None:
    desk.finished("AJ_old")
    desk.finished("AJ_new")
    os.utime(desk.file("AJ_old"), (0, 0))
    os.utime(desk.file("AJ_new"), (time.time() - 3600, time.time() - 3600))
    async with storing(desk.settings):
        await stored.wait("AJ_new")
    assert [len(desk.named("RecordingStored", call)) for call in ("AJ_new", "AJ_old")] == [1, 0]


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
