"""Orphan rooms: which rooms the main process closes after a job process, and how long it retries."""

import asyncio
import logging

import pytest

from offhook.core.facts import CallerFound, Fact, HangUpDone, RoomDisconnected
from offhook.core.record import Record, to_body
from offhook.room.events import GAVE_UP
from offhook.worker.orphan_rooms import OrphanRoom, OrphanRooms, find_orphan

FOUND = CallerFound("anna", phone=True, active=True)


def records(*facts: Fact) -> list[Record]:
    return [
        Record("call-1", number, 0.0, 0.0, "fact", type(fact).__name__, to_body(fact))
        for number, fact in enumerate(facts)
    ]


@pytest.mark.parametrize(
    ("facts", "orphan"),
    [
        ((FOUND, HangUpDone("room", left_open="500")), OrphanRoom("call-1", "room-1", "agent-1")),
        ((FOUND, HangUpDone("caller", left_open="500")), OrphanRoom("call-1", "room-1", "agent-1", "anna")),
        ((HangUpDone("caller", left_open="500"),), OrphanRoom("call-1", "room-1", "agent-1")),
        ((FOUND, RoomDisconnected(GAVE_UP)), OrphanRoom("call-1", "room-1", "agent-1", "anna", caller_may_return=True)),
        ((FOUND, RoomDisconnected("room_deleted")), None),
        ((RoomDisconnected(GAVE_UP),), None),
        ((FOUND, HangUpDone("room"), RoomDisconnected(GAVE_UP)), None),
        ((FOUND, HangUpDone("room")), None),
        ((FOUND,), None),
        ((), None),
    ],
)
def test_what_was_left_open_is_read_from_the_journal(facts: tuple[Fact, ...], orphan: OrphanRoom | None) -> None:
    assert find_orphan(records(*facts), room="room-1", agent="agent-1") == orphan


@pytest.fixture
def no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVEKIT_URL", "nowhere")
    monkeypatch.setenv("LIVEKIT_API_KEY", "key")
    monkeypatch.setenv("LIVEKIT_API_SECRET", "secret")


@pytest.mark.usefixtures("no_server")
async def test_a_line_that_cannot_be_closed_is_tried_for_ten_minutes_and_then_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    lines = OrphanRooms()
    lines.close(OrphanRoom("call-1", "room-1", "agent-1"))
    await asyncio.sleep(570)
    assert len(lines) == 1
    await asyncio.sleep(60)
    assert len(lines) == 0
    assert [one.message for one in caplog.records if one.levelno == logging.ERROR] == [
        "an orphan room stays open; close it by hand"
    ]
    assert len(caplog.records) == 26


@pytest.mark.usefixtures("no_server")
async def test_a_worker_that_stops_tells_which_rooms_are_open(caplog: pytest.LogCaptureFixture) -> None:
    lines = OrphanRooms()
    lines.close(OrphanRoom("call-1", "room-1", "agent-1"))
    await asyncio.sleep(0.1)
    await lines.stop()
    assert len(lines) == 0
    assert caplog.records[-1].message == "the worker stops and a room is still open"
    assert caplog.records[-1].room == "room-1"
