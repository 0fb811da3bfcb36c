"""Calls that ring at a real server: rejected by a route, over the limit of a route, and at a worker that is full."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from offhook.testing import Phone

pytestmark = pytest.mark.live

FILE = Path(__file__).parent / "agents" / "answering.py"
WorkerOn = Callable[..., AbstractContextManager[Any]]


@pytest.fixture(scope="module")
def desk(livekit: Any, worker_on: WorkerOn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    journal = tmp_path_factory.mktemp("answering") / "journal.db"
    with worker_on(FILE, livekit, journal, "answering", OFFHOOK_CAPACITY="20") as running:
        yield running


@pytest.fixture
def full(livekit: Any, worker_on: WorkerOn, tmp_path: Path) -> Iterator[Any]:
    """A worker for one call. Its own, because the process of an ended call counts until it has exited."""
    options = {"OFFHOOK_CAPACITY": "1", "OFFHOOK_BUSY_AFTER": "1"}
    with worker_on(FILE, livekit, tmp_path / "journal.db", "full", **options) as running:
        yield running


def rings(dialled: str) -> Phone:
    return Phone(dialled=dialled, status="ringing")


async def test_a_phone_that_a_route_rejects_is_not_answered(desk: Any, room: str) -> None:
    async with desk.caller(room, phone=rings("declined")) as caller:
        await asyncio.wait_for(caller.left.wait(), 15)
        assert not caller.heard
    over = await desk.over(room)
    assert (over["reason"], over["detail"]) == ("rejected", "declined (603)")
    assert desk.bodies(room, "RouteMatched") == [{"route": "declined", "why": "dialled is 'declined'"}]
    assert desk.bodies(room, "SessionStarted") == []


async def test_of_two_calls_at_once_a_route_with_a_limit_of_one_takes_the_first_only(desk: Any, room: str) -> None:
    rooms = [f"{room}-1", f"{room}-2"]
    async with AsyncExitStack() as stack:
        calls = [stack.enter_async_context(desk.caller(one, phone=rings("single"))) for one in rooms]
        callers = await asyncio.gather(*calls)
        leaving = [asyncio.create_task(caller.left.wait()) for caller in callers]
        done, ringing = await asyncio.wait(leaving, timeout=15, return_when=asyncio.FIRST_COMPLETED)
        assert (len(done), len(ringing)) == (1, 1)
        rejected = leaving.index(done.pop())
        await desk.tells(rooms[1 - rejected], "SessionStarted")
        await callers[1 - rejected].hang_up()
        await asyncio.gather(*leaving)
    assert (await desk.over(rooms[rejected]))["reason"] == "rejected"
    assert (await desk.over(rooms[1 - rejected]))["reason"] == "caller_hung_up"


async def test_a_phone_that_rings_at_a_full_worker_hears_busy_and_a_room_with_somebody_else_is_left_alone(
    full: Any, room: str
) -> None:
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(full.caller(f"{room}-1", phone=rings("any")))
        await full.tells(f"{room}-1", "SessionStarted")
        await stack.enter_async_context(full.other(f"{room}-2", "colleague"))
        second = await stack.enter_async_context(full.caller(f"{room}-2", phone=rings("any")))
        third = await stack.enter_async_context(full.caller(f"{room}-3", phone=rings("any")))
        await asyncio.wait_for(third.left.wait(), 15)
        assert third.reason == "PARTICIPANT_REMOVED"
        assert not second.left.is_set()
        for caller in (second, first):
            await caller.hang_up()
    assert (await full.over(f"{room}-1"))["reason"] == "caller_hung_up"
    assert full.records(f"{room}-2") == full.records(f"{room}-3") == []
