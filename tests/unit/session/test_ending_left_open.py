"""Lines that a call's own process could not close: who goes on with them, and for how long."""

import asyncio
import logging

import pytest

from offhook.core.facts import CallerFound, Fact, LineClosed, LineLost
from offhook.core.record import Record, body_of
from offhook.line.events import GAVE_UP
from offhook.worker.open_lines import OpenLine, OpenLines, left_open

FOUND = CallerFound("anna", phone=True, active=True)


def records(*facts: Fact) -> list[Record]:
    return [
        Record("call-1", number, 0.0, 0.0, "fact", type(fact).__name__, body_of(fact))
        for number, fact in enumerate(facts)
    ]


@pytest.mark.parametrize(
    ("facts", "line"),
    [
        ((FOUND, LineClosed("room", left_open="500")), OpenLine("call-1", "room-1", "agent-1")),
        ((FOUND, LineClosed("caller", left_open="500")), OpenLine("call-1", "room-1", "agent-1", "anna")),
        ((LineClosed("caller", left_open="500"),), OpenLine("call-1", "room-1", "agent-1")),
        ((FOUND, LineLost(GAVE_UP)), OpenLine("call-1", "room-1", "agent-1", "anna", returns=True)),
        ((FOUND, LineLost("room_deleted")), None),
        ((LineLost(GAVE_UP),), None),
        ((FOUND, LineClosed("room"), LineLost(GAVE_UP)), None),
        ((FOUND, LineClosed("room")), None),
        ((FOUND,), None),
        ((), None),
    ],
)
def test_what_was_left_open_is_read_from_the_journal(facts: tuple[Fact, ...], line: OpenLine | None) -> None:
    assert left_open(records(*facts), room="room-1", agent="agent-1") == line


@pytest.fixture
def no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVEKIT_URL", "nowhere")
    monkeypatch.setenv("LIVEKIT_API_KEY", "key")
    monkeypatch.setenv("LIVEKIT_API_SECRET", "secret")


@pytest.mark.usefixtures("no_server")
async def test_a_line_that_cannot_be_closed_is_tried_for_ten_minutes_and_then_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    lines = OpenLines()
    lines.close(OpenLine("call-1", "room-1", "agent-1"))
    await asyncio.sleep(570)
    assert len(lines) == 1
    await asyncio.sleep(60)
    assert len(lines) == 0
    assert [one.message for one in caplog.records if one.levelno == logging.ERROR] == [
        "a line stays open; close its room by hand"
    ]
    assert len(caplog.records) == 26


@pytest.mark.usefixtures("no_server")
async def test_a_worker_that_stops_tells_which_rooms_are_open(caplog: pytest.LogCaptureFixture) -> None:
    lines = OpenLines()
    lines.close(OpenLine("call-1", "room-1", "agent-1"))
    await asyncio.sleep(0.1)
    await lines.stop()
    assert len(lines) == 0
    assert caplog.records[-1].message == "the worker stops and a line is still open"
    assert caplog.records[-1].room == "room-1"
