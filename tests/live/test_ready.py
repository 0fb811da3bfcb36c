"""A worker's `/ready` follows its real state: registered, draining. `test_worker_outage.py` takes the server away."""

import asyncio
import json
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from tests.live.ports import free_port

pytestmark = pytest.mark.live

DESK = Path(__file__).parent / "agents" / "worker_desk.py"


def ask(port: int, path: str = "/ready") -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def wait_for(port: int, status: int, *, timeout: float = 20) -> dict[str, object]:
    """Wait until `/ready` has this status; returns its body."""
    deadline = time.monotonic() + timeout
    while (answer := ask(port))[0] != status:
        assert time.monotonic() < deadline, f"still {answer}"
        time.sleep(0.05)
    return dict(json.loads(answer[1]))


async def test_a_draining_worker_is_not_ready_and_its_load_is_told(
    livekit: Any, worker_on: Callable[..., AbstractContextManager[Any]], tmp_path: Path, room: str
) -> None:
    ready = free_port()
    wanted = {"OFFHOOK_READY": f"127.0.0.1:{ready}", "OFFHOOK_CAPACITY": "4"}
    with worker_on(DESK, livekit, tmp_path / "journal.db", "desk", **wanted) as desk:
        async with desk.caller(room) as caller:
            await caller.hears(since=caller.joined_at, timeout=20)
            figures = (await asyncio.to_thread(ask, ready, "/metrics"))[1]
            assert {"offhook_load 0.25", "offhook_calls 1.0", "offhook_ready 1.0"} <= set(figures.splitlines())
            desk.worker.process.send_signal(signal.SIGTERM)
            draining = await asyncio.to_thread(wait_for, ready, 503)
            assert (draining["why"], draining["calls"]) == ("draining: no new calls; running calls may finish", 1)
            await caller.reads("I have to end this call now", timeout=20)
            assert await caller.ended() == "ROOM_DELETED"
        assert await asyncio.to_thread(desk.worker.process.wait, 20) == 0
