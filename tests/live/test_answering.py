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
    options = {"OFFHOOK_CAPACITY": "2", "OFFHOOK_BUSY_AFTER": "1"}
    with worker_on(FILE, livekit, journal, "answering", **options) as running:
        yield running


def rings(dialled: str) -> Phone:
    return Phone(dialled=dialled, status="ringing")


async def test_a_phone_that_a_route_rejects_is_not_answered(desk: Any, room: str) -> None:
    async with desk.caller(room, phone=rings("busy")) as caller:
        await asyncio.wait_for(caller.left.wait(), 15)
        assert not caller.heard
    over = await desk.over(room)
    assert (over["reason"], over["detail"]) == ("rejected", "busy (486)")
    assert desk.bodies(room, "RouteMatched") == [{"route": "busy", "why": "dialled is 'busy'"}]
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
    desk: Any, room: str
) -> None:
    async with AsyncExitStack() as stack:
        inside = [await stack.enter_async_context(desk.caller(f"{room}-{n}", phone=rings("any"))) for n in (1, 2)]
        for number in (1, 2):
            await desk.tells(f"{room}-{number}", "SessionStarted")
        await stack.enter_async_context(desk.other(f"{room}-4", "colleague"))
        waits = await stack.enter_async_context(desk.caller(f"{room}-4", phone=rings("any")))
        third = await stack.enter_async_context(desk.caller(f"{room}-3", phone=rings("any")))
        await asyncio.wait_for(third.left.wait(), 15)
        assert third.reason == "PARTICIPANT_REMOVED"
        assert not waits.left.is_set()
        for caller in (waits, *inside):
            await caller.hang_up()
    for number in (1, 2):
        assert (await desk.over(f"{room}-{number}"))["reason"] == "caller_hung_up"
    assert desk.records(f"{room}-3") == []
