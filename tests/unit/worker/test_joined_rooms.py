"""When one of two people whom a warm transfer joined has hung up, their room is closed; otherwise never."""

import time
from pathlib import Path

import pytest
from livekit.protocol.models import ParticipantInfo
from tests.unit.worker.lost import TALKING, FakeServer, agent, person, records, settings_for, until

from offhook.core.facts import Ended, TransferEnded, TransferStarted
from offhook.journal.writer import Journal
from offhook.room.occupants import company
from offhook.worker import joined_rooms
from offhook.worker.joined_rooms import JoinedRooms, joined_room

ANNA, COLLEAGUE = person("anna", ParticipantInfo.Kind.SIP), person("colleague", ParticipantInfo.Kind.SIP)
AVATAR = agent("avatar", **{"lk.publish_on_behalf": "agent-AJ_1"})
RECORDER = person("egress", ParticipantInfo.Kind.EGRESS)
JOINED = (
    *TALKING,
    TransferStarted("+4930123", by="tool", kind="warm"),
    TransferEnded("done"),
    Ended("transferred"),
)


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joined_rooms, "_POLL_INTERVAL", 0.01)
    monkeypatch.setattr(joined_rooms, "_FAILED_PAUSE", 0.01)


@pytest.mark.parametrize(
    ("there", "number"),
    [([], 0), ([ANNA], 1), ([ANNA, COLLEAGUE], 2), ([ANNA, agent()], 2), ([ANNA, AVATAR, RECORDER], 1)],
)
def test_who_is_company(there: list[ParticipantInfo], number: int) -> None:
    assert company(there) == number


def test_only_a_warm_transfer_that_joined_the_two_leaves_a_joined_room() -> None:
    assert joined_room(records(*JOINED)) == "room-1"
    assert joined_room(records(*JOINED[:-1], Ended("caller_left"))) == ""
    assert (
        joined_room(records(*TALKING, TransferStarted("+4930123"), TransferEnded("done"), Ended("transferred"))) == ""
    )
    assert joined_room(records(*JOINED[:-2], TransferEnded("failed"), Ended("transferred"))) == ""
    assert joined_room([]) == ""


async def test_the_room_is_closed_when_one_of_the_two_has_hung_up_and_not_before() -> None:
    async with FakeServer([ANNA, COLLEAGUE]).running() as server:
        rooms = JoinedRooms(settings_for(server.url))
        rooms.watch("room-1")
        rooms.watch("room-1")
        assert len(rooms) == 1
        await until(lambda: len(server.asked) > 10)
        assert server.changes == []
        server.people.remove(ANNA)
        await until(lambda: not len(rooms))
        assert server.changes == ["DeleteRoom"]


async def test_an_empty_room_is_left_to_the_server() -> None:
    async with FakeServer([]).running() as server:
        rooms = JoinedRooms(settings_for(server.url))
        rooms.watch("room-1")
        await until(lambda: not len(rooms))
        assert server.asked == ["ListParticipants"]


async def test_a_caller_who_is_back_soon_is_not_alone() -> None:
    async with FakeServer([ANNA]).running() as server:
        rooms = JoinedRooms(settings_for(server.url))
        rooms.watch("room-1")
        await until(lambda: len(server.asked) > 0)
        server.people.append(COLLEAGUE)
        await until(lambda: len(server.asked) > 10)
        assert server.changes == []
        await rooms.stop()


async def test_while_the_server_does_not_answer_the_room_is_watched_on() -> None:
    async with FakeServer([ANNA], down=True).running() as server:
        rooms = JoinedRooms(settings_for(server.url))
        rooms.watch("room-1")
        await until(lambda: len(server.asked) > 5)
        server.down = False
        await until(lambda: not len(rooms))
        assert server.changes == ["DeleteRoom"]


async def test_a_new_worker_goes_on_with_the_rooms_of_an_earlier_one(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    journal = Journal.open(path)
    for call, values in {"AJ_1": JOINED, "AJ_2": (*TALKING, Ended("agent_ended"))}.items():
        for record in records(*values, call=call, began=time.time() - 60):
            journal.append(record)
    await journal.flushed()
    journal.close()
    async with FakeServer([ANNA]).running() as server:
        rooms = JoinedRooms(settings_for(server.url, journal=path))
        await rooms.find()
        assert len(rooms) == 1
        await until(lambda: not len(rooms))
        assert server.changes == ["DeleteRoom"]


async def test_without_a_journal_nothing_is_watched(tmp_path: Path) -> None:
    rooms = JoinedRooms(settings_for("http://127.0.0.1:9", journal=tmp_path / "none.db"))
    await rooms.find()
    assert len(rooms) == 0
