"""`offhook watch` on a real server: a caller whom no worker answered gets an agent or a closed room."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

import pytest

from offhook.control.api import Api, connect
from offhook.control.client import send_command
from offhook.control.watch import Finding, RoomWatch
from offhook.core.commands import EndCommand
from offhook.dev.server import LocalServer
from offhook.testing import Caller

pytestmark = pytest.mark.live

DESK = Path(__file__).parent / "agents" / "worker_desk.py"
WorkerOn = Callable[..., AbstractContextManager[Any]]


class Clock:
    """A clock that is moved by hand, so that a caller need not wait."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def api(livekit: LocalServer) -> AsyncIterator[Api]:
    async with connect(url=livekit.url, key=livekit.api_key, secret=livekit.api_secret) as opened:
        yield opened


def caller(server: LocalServer, room: str, agent: str | None) -> Caller:
    key = {"api_key": server.api_key, "api_secret": server.api_secret}
    return Caller(url=server.url, room=room, agent=agent, **key)


async def looked(watch: RoomWatch, room: str) -> list[Finding]:
    return [one for one in await watch.look() if one.room == room]


async def alone(api: Api, room: str) -> None:
    """Wait until the server counts the caller."""
    async with asyncio.timeout(10):
        while not any(one.name == room and one.num_participants == 1 for one in await api.list_rooms()):  # noqa: ASYNC110  # no event outside the room
            await asyncio.sleep(0.05)


async def test_a_call_that_no_worker_took_is_closed(livekit: LocalServer, api: Api, room: str) -> None:
    clock = Clock()
    watch = RoomWatch(api, after=3, clock=clock)
    reporter = RoomWatch(api, after=3, report_only=True, clock=clock)
    async with caller(livekit, room, "nobody") as one:
        await alone(api, room)
        assert await looked(watch, room) == await looked(reporter, room) == []
        clock.now = 3.5
        assert await looked(reporter, room) == [Finding("unanswered", room, 3.5, "'nobody'")]
        assert await looked(reporter, room) == []
        (found,) = await looked(watch, room)
        assert (found.what, found.seconds) == ("closed", 3.5)
        assert "no worker took the dispatch" in found.detail
        await asyncio.wait_for(one.left.wait(), 5)


async def test_a_worker_that_registers_late_gets_the_call_from_one_of_two_watches(
    livekit: LocalServer, api: Api, room: str, worker_on: WorkerOn, tmp_path: Path
) -> None:
    clock = Clock()
    watches = [RoomWatch(api, after=10, clock=clock) for _ in range(2)]
    async with caller(livekit, room, "late") as one:
        await alone(api, room)
        for clock.now in (0.0, 8.0):
            assert [await looked(watch, room) for watch in watches] == [[], []]
        with ExitStack() as stack:
            await asyncio.to_thread(stack.enter_context, worker_on(DESK, livekit, tmp_path / "journal.db", "late"))
            clock.now = 11.0
            found = [some for watch in watches for some in await looked(watch, room)]
            assert [each.what for each in found] == ["dispatched"]
            await one.hears(since=one.joined_at, timeout=20)
            clock.now = 60.0
            assert [await looked(watch, room) for watch in watches] == [[], []]


async def test_a_caller_whose_agent_was_there_is_reported_and_closed_only_if_asked(
    stage: Any, api: Api, room: str
) -> None:
    clock = Clock()
    reporter = RoomWatch(api, after=3, clock=clock)
    closer = RoomWatch(api, after=3, close_alone=5, clock=clock)
    async with stage.caller(room) as one:
        await one.hears(since=one.joined_at, timeout=20)
        await leave(stage, api, room)
        await alone(api, room)
        await job_listed(api, room)
        assert await looked(reporter, room) == await looked(closer, room) == []
        clock.now = 4.0
        alone_now = Finding("alone", room, 4.0)
        assert await looked(reporter, room) == await looked(closer, room) == [alone_now]
        clock.now = 6.0
        assert await looked(reporter, room) == []
        assert [each.what for each in await looked(closer, room)] == ["closed"]
        await asyncio.wait_for(one.left.wait(), 5)


async def leave(stage: Any, api: Api, room: str) -> None:
    """Have the agent leave alone."""
    connected = await stage.tells(room, "Connected")
    command = EndCommand(goodbye="", scope="agent")
    await send_command(
        api, room=room, identity=f"agent-{connected.call}", call=connected.call, command=command, by="test"
    )


async def job_listed(api: Api, room: str) -> None:
    async with asyncio.timeout(10):
        while not any(one.state.jobs for one in await api.list_dispatches(room)):  # noqa: ASYNC110  # no event outside the room
            await asyncio.sleep(0.1)
