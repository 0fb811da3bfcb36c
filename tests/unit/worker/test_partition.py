"""The agent loses its connection while it hangs up: only the server's word proves that the room is closed."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from livekit import rtc
from tests.unit.worker.lost import LOST, TALKING, FakeServer, agent, person, records

from offhook.core.decisions import HangUp
from offhook.core.facts import Ended, HangUpDone, RoomDisconnected
from offhook.room.hang_up import RoomCloser
from offhook.room.server_link import GAVE_UP
from offhook.room.settlement import settle

REASON = rtc.DisconnectReason


class Room:
    """LiveKit's room, as far as a hang-up uses it."""

    name = "room-1"

    def __init__(self) -> None:
        self.connected = True
        self.remote_participants = dict[str, Any]()
        self._tell: Callable[[Any], None] = lambda _: None

    def on(self, _: str, tell: Callable[[Any], None]) -> None:
        self._tell = tell

    def isconnected(self) -> bool:
        return self.connected

    async def disconnect(self) -> None:
        self.connected = False

    def lose(self, reason: Any) -> None:
        self.connected = False
        self._tell(reason)


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("offhook.room.hang_up._PAUSES", (0.01, 0.01))


async def hung_up(server: FakeServer, monkeypatch: pytest.MonkeyPatch, reason: Any) -> HangUpDone:
    """Hang up; the connection is lost for this reason before the first attempt."""
    for name, value in {"URL": server.url, "API_KEY": "key", "API_SECRET": "s" * 40}.items():
        monkeypatch.setenv(f"LIVEKIT_{name}", value)
    room = Room()
    ctx: Any = SimpleNamespace(room=room, is_fake_job=lambda: False)
    line = RoomCloser(ctx, lambda: "anna", gone=lambda: None)
    line.prepare()
    room.lose(reason)
    try:
        return await line.hang_up(HangUp("silence", "room"))
    finally:
        await line.close()


async def test_a_lost_connection_is_no_closed_room_so_the_main_process_gets_the_room_to_close(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with FakeServer([person("anna"), agent()], down=True).running() as server:
        done = await hung_up(server, monkeypatch, REASON.UNKNOWN_REASON)
    assert (done.already, bool(done.left_open)) == (False, True)
    facts = (*TALKING, HangUp("silence", "room"), RoomDisconnected(GAVE_UP), done, Ended("silence"))
    orphan = settle(records(*facts), LOST).orphan
    assert orphan is not None
    assert (orphan.scope, orphan.takeover) == ("room", False)


async def test_when_the_server_can_be_asked_again_the_room_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    async with FakeServer([person("anna")]).running() as server:
        assert await hung_up(server, monkeypatch, REASON.UNKNOWN_REASON) == HangUpDone("room")
        assert server.changes == ["DeleteRoom"]


@pytest.mark.parametrize("reason", [REASON.ROOM_DELETED, REASON.ROOM_CLOSED])
async def test_a_room_that_the_server_has_closed_needs_no_request(monkeypatch: pytest.MonkeyPatch, reason: Any) -> None:
    async with FakeServer().running() as server:
        assert await hung_up(server, monkeypatch, reason) == HangUpDone("room", already=True)
        assert server.asked == []
    await asyncio.sleep(0)
