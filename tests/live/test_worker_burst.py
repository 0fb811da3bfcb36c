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

DESK = Path(__file__).parent / "agents" / "worker_desk.py"
WorkerOn = Callable[..., AbstractContextManager[Any]]


@pytest.fixture
def busy() -> Iterator[None]:
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


async def burst(api: Api, calls: int, *, seconds: float) -> tuple[list[DispatchResult], list[DispatchError]]:
    """Dispatch this many agents at the same time, each to a separate room."""
    sent = [dispatch(api, room=f"burst-{calls}-{number}", agent="desk", timeout=seconds) for number in range(calls)]
    answers = await asyncio.gather(*sent, return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, DispatchError)]
    return [answer for answer in answers if isinstance(answer, DispatchResult)], refused


@pytest.mark.usefixtures("busy")
async def test_a_burst_up_to_the_capacity_is_taken_whole_on_a_busy_machine(
    livekit_as_shipped: LocalServer, worker_on: WorkerOn, tmp_path: Path
) -> None:
    journal = tmp_path / "journal.db"
    with worker_on(DESK, livekit_as_shipped, journal, "desk", OFFHOOK_CAPACITY="30") as desk:
        async with api_of(livekit_as_shipped) as api:
            taken, refused = await burst(api, 30, seconds=60)
    assert (len({one.identity for one in taken}), refused) == (30, [])
    assert not [line for line in desk.worker.lines if "a call was refused" in line]


async def test_what_is_over_the_capacity_is_refused_and_the_sender_is_told(
    livekit_as_shipped: LocalServer, worker_on: WorkerOn, tmp_path: Path
) -> None:
    journal = tmp_path / "journal.db"
    with worker_on(DESK, livekit_as_shipped, journal, "desk", OFFHOOK_CAPACITY="8") as desk:
        async with api_of(livekit_as_shipped) as api:
            taken, refused = await burst(api, 12, seconds=8)
    assert (len(taken), len(refused)) == (8, 4)
    assert len([line for line in desk.worker.lines if "a call was refused" in line]) == 4
    assert all("no worker took it" in str(one) and "is it full" in str(one) for one in refused)
