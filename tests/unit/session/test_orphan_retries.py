"""How long the main process tries to close a room whose server does not answer, in virtual time."""

import asyncio
import logging

import pytest

from offhook.room.settlement import OrphanRoom
from offhook.settings import Settings
from offhook.worker.orphan_rooms import OrphanRooms

NOWHERE = Settings.model_construct(livekit_url="nowhere", livekit_api_key="key", livekit_api_secret=None)


async def test_a_line_that_cannot_be_closed_is_tried_for_ten_minutes_and_then_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    lines = OrphanRooms(NOWHERE)
    lines.close(OrphanRoom("call-1", "room-1", "agent-1"))
    await asyncio.sleep(570)
    assert len(lines) == 1
    await asyncio.sleep(60)
    assert len(lines) == 0
    assert [one.message for one in caplog.records if one.levelno == logging.ERROR] == [
        "an orphan room stays open; close it by hand"
    ]
    assert len(caplog.records) == 26


async def test_a_worker_that_stops_tells_which_rooms_are_open(caplog: pytest.LogCaptureFixture) -> None:
    lines = OrphanRooms(NOWHERE)
    lines.close(OrphanRoom("call-1", "room-1", "agent-1"))
    await asyncio.sleep(0.1)
    await lines.stop()
    assert len(lines) == 0
    assert caplog.records[-1].message == "the worker stops and a room is still open"
    assert caplog.records[-1].room == "room-1"
