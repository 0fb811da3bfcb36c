"""A livekit-server that stops in mid-call: for a moment, and for good."""

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

import pytest
from livekit import api as api_types
from tests.live.ports import free_port
from tests.live.test_ready import wait_for

from offhook.control.api import connect
from offhook.dev.server import LocalServer, local_server
from offhook.room.settlement import OrphanRoom
from offhook.settings import load_settings
from offhook.testing.live.caller import Caller
from offhook.testing.live.waiting import WaitTimeoutError
from offhook.worker.orphan_rooms import OrphanRooms

pytestmark = pytest.mark.live

DESK = Path(__file__).parent / "agents" / "worker_desk.py"
WorkerOn = Callable[..., AbstractContextManager[Any]]

GIVES_UP = 60.0
"""Seconds. LiveKit's SDK makes ten attempts with growing pauses; 13 to 30 s were measured."""


async def both_back(server: LocalServer, room: str) -> None:
    """Wait until caller and agent are in the new server's room."""
    async with (
        asyncio.timeout(GIVES_UP),
        connect(url=server.url, key=server.api_key, secret=server.api_secret) as api,
    ):
        active = api_types.ParticipantInfo.State.ACTIVE
        while [one.state for one in await api.list_participants(room)] != [active] * 2:
            pass


async def typed_until_heard(caller: Caller, text: str) -> None:
    """Repeat the line until the answer: LiveKit loses data sent right after a connection, without an error."""
    asked_at = time.monotonic()
    async with asyncio.timeout(20):
        while not any(sound.started_at > asked_at for sound in caller.heard):
            await caller.type(text)
            with suppress(WaitTimeoutError):
                await caller.hears(since=asked_at, timeout=2)


async def test_a_server_that_restarts_does_not_end_the_call_and_its_worker_is_not_ready_meanwhile(
    livekit_binary: Path, worker_on: WorkerOn, tmp_path: Path, room: str
) -> None:
    ready = free_port()
    with (
        local_server(livekit_binary, port=free_port()) as server,  # nobody else takes this port meanwhile
        worker_on(DESK, server, tmp_path / "journal.db", "desk", OFFHOOK_READY=str(ready)) as desk,
    ):
        assert (await asyncio.to_thread(wait_for, ready, 200))["why"] == ""
        async with desk.caller(room) as caller:
            await caller.hears(since=caller.joined_at, timeout=20)
            await caller.quiet()
            server.process.kill()
            await asyncio.to_thread(server.process.wait)
            await desk.tells(room, "MediaLost", side="server")
            away = await asyncio.to_thread(wait_for, ready, 503)
            assert away["why"] == "the LiveKit server cannot be reached; retrying"
            port, key = int(server.url.rpartition(":")[2]), server.api_key
            with local_server(livekit_binary, port=port, api_key=key, api_secret=server.api_secret):
                await both_back(server, room)
                await typed_until_heard(caller, "thank you goodbye")
                assert await caller.ended(timeout=20) == "ROOM_DELETED"
                assert (await asyncio.to_thread(wait_for, ready, 200))["ready"] is True
        assert (await desk.over(room))["reason"] == "agent_ended"
        assert [one["side"] for one in desk.bodies(room, "MediaRestored")][:1] == ["server"]


async def test_a_caller_who_comes_back_when_the_agent_has_given_up_is_let_go_unless_there_is_another(
    livekit: LocalServer, agent_in: Any, room: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in livekit.variables().items():
        monkeypatch.setenv(name, value)
    there = {"url": livekit.url, "api_key": livekit.api_key, "api_secret": livekit.api_secret}
    lines = OrphanRooms(load_settings())
    began = time.time() - 1  # the agents below joined after the loss
    for place in (room, f"{room}-2"):
        lines.close(OrphanRoom("call-1", place, "agent-gone", "caller", "caller", since=began, caller_may_return=True))
    async with (
        agent_in(f"{room}-2"),
        Caller(**there, room=room) as alone,
        Caller(**there, room=f"{room}-2") as answered,
    ):
        assert await alone.ended(timeout=15) == "PARTICIPANT_REMOVED"
        async with asyncio.timeout(15):
            while len(lines):  # noqa: ASYNC110  # the SDK gives no event when they close
                await asyncio.sleep(0.05)
        assert not answered.left.is_set()


async def test_a_server_that_is_gone_for_good_ends_the_job_by_itself_and_the_journal_says_why(
    livekit_binary: Path, worker_on: WorkerOn, tmp_path: Path, room: str
) -> None:
    with (
        local_server(livekit_binary) as server,
        worker_on(DESK, server, tmp_path / "journal.db", "desk") as desk,
    ):
        async with desk.caller(room) as caller:
            await caller.hears(since=caller.joined_at, timeout=20)
            await caller.quiet()
            server.process.kill()
            ended = await desk.tells(room, "Ended", timeout=GIVES_UP)
        assert (ended.body["reason"], ended.body["detail"]) == (
            "room_closed",
            "the connection to the LiveKit server was lost",
        )
        await asyncio.to_thread(desk.worker.wait_for, "process exiting", timeout=10)
        desk.worker.process.terminate()
        assert await asyncio.to_thread(desk.worker.process.wait, 20) == 0
