"""Many calls at once, on a busy machine and a server with LiveKit's own load limit: only the capacity is accepted."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from offhook.control.api import Api, connect
from offhook.control.dispatch import DispatchResult, dispatch
from offhook.core.errors import DispatchError
from offhook.dev.server import LocalServer

pytestmark = pytest.mark.live

CAPACITY = 6
DESK = Path(__file__).parent / "agents" / "worker_desk.py"
WorkerOn = Callable[..., AbstractContextManager[Any]]


@pytest.fixture
def desk(livekit_as_shipped: LocalServer, worker_on: WorkerOn, tmp_path: Path) -> Iterator[Any]:
    journal = tmp_path / "journal.db"
    with worker_on(DESK, livekit_as_shipped, journal, "desk", OFFHOOK_CAPACITY=str(CAPACITY)) as running:
        yield running


@pytest.fixture
def busy(desk: Any) -> Iterator[None]:  # the worker starts first
    """A machine with two other programs, each using a whole core."""
    with ExitStack() as stack:
        for _ in range(2):
            loop = stack.enter_context(subprocess.Popen([sys.executable, "-c", "while True: pass"]))
            stack.callback(loop.kill)
        yield


@asynccontextmanager
async def api_of(server: LocalServer) -> AsyncIterator[Api]:
    """The server's API; all rooms are deleted at the end."""
    async with connect(url=server.url, key=server.api_key, secret=server.api_secret) as api:
        try:
            yield api
        finally:
            await asyncio.gather(*(api.delete_room(room.name) for room in await api.list_rooms()))


async def first(calls: list[asyncio.Task[DispatchResult]], count: int) -> list[DispatchResult]:
    """Wait until this many of the calls are taken, and give the others up."""
    taken: list[DispatchResult] = []
    for call in asyncio.as_completed(calls):
        taken.append(await call)
        if len(taken) == count:
            break
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
    return taken


@pytest.mark.usefixtures("busy")
async def test_of_a_burst_on_a_busy_machine_exactly_the_capacity_is_taken_and_other_senders_are_told(
    desk: Any, room: str
) -> None:
    async with api_of(desk.server) as api:
        sent = [dispatch(api, room=f"{room}-{number}", agent="desk", timeout=60) for number in range(CAPACITY + 4)]
        taken = await first([asyncio.create_task(one) for one in sent], CAPACITY)
        assert len({one.identity for one in taken}) == CAPACITY
        with pytest.raises(DispatchError, match=r"no worker took the dispatch.*Is the worker full"):
            await dispatch(api, room=f"{room}-late", agent="desk", timeout=1)
    assert len([line for line in desk.worker.lines if "a call was refused" in line]) == 4 + 1
