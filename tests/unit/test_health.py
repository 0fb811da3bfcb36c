"""`/ready` reports whether the worker takes calls; `/metrics` has the load to scale by."""

import logging
import socket
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest

from offhook.core.errors import SettingsError
from offhook.worker.health import address_of, serve_health


class Worker(SimpleNamespace):
    """The part of a worker that the readiness uses."""

    def __init__(self, *, capacity: int = 4) -> None:
        self.told: dict[str, Callable[..., Any]] = {}
        super().__init__(capacity=capacity, draining=False, active_jobs=[])

    def on(self, event: str, callback: Callable[..., Any]) -> None:
        self.told[event] = callback

    def register(self) -> None:
        self.told["worker_registered"]("AW_1", None)


def lose_the_server() -> None:
    """Log the message of livekit-agents; tests/live/test_ready.py fails if the message changes."""
    logging.getLogger("livekit.agents").warning("failed to connect to livekit, retrying in 0s")


@pytest.fixture
def worker() -> Worker:
    return Worker()


@pytest.fixture
async def ask(worker: Worker) -> AsyncIterator[Callable[[str], Any]]:
    async with serve_health(worker, "0") as address, aiohttp.ClientSession() as http:
        assert address is not None

        async def get(path: str) -> tuple[int, str]:
            async with http.get(f"http://{address[0]}:{address[1]}{path}") as answer:
                return answer.status, await answer.text()

        yield get


async def test_a_worker_is_ready_from_its_registration_on(worker: Worker, ask: Any) -> None:
    assert await ask("/ready") == (
        503,
        '{"ready": false, "why": "not registered yet", "calls": 0, "capacity": 4}',
    )
    worker.register()
    assert await ask("/ready") == (200, '{"ready": true, "why": "", "calls": 0, "capacity": 4}')


async def test_a_worker_that_drains_is_not_ready(worker: Worker, ask: Any) -> None:
    worker.register()
    worker.draining = True
    status, text = await ask("/ready")
    assert (status, "draining: no new calls" in text) == (503, True)


async def test_a_full_worker_is_ready(worker: Worker, ask: Any) -> None:
    worker.register()
    worker.active_jobs = [1, 2, 3, 4]
    assert await ask("/ready") == (200, '{"ready": true, "why": "", "calls": 4, "capacity": 4}')


async def test_a_worker_that_lost_its_server_is_not_ready_until_it_is_back(worker: Worker, ask: Any) -> None:
    worker.register()
    lose_the_server()
    status, text = await ask("/ready")
    assert (status, "the LiveKit server cannot be reached" in text) == (503, True)
    worker.register()
    assert (await ask("/ready"))[0] == 200


async def test_the_figures_say_how_full_the_worker_is(worker: Worker, ask: Any) -> None:
    worker.register()
    worker.active_jobs = [1, 2, 3]
    status, text = await ask("/metrics")
    assert status == 200
    ours = [line for line in text.splitlines() if line.startswith("offhook_")]
    assert ours == ["offhook_calls 3.0", "offhook_capacity 4.0", "offhook_load 0.75", "offhook_ready 1.0"]


async def test_livekits_own_figures_are_there_too(ask: Any) -> None:
    import livekit.agents  # noqa: F401  # it registers them

    assert "# TYPE lk_agents_active_job_count gauge" in (await ask("/metrics"))[1]


async def test_nothing_listens_unless_told(worker: Worker) -> None:
    async with serve_health(worker, None) as address:
        assert address is None
    assert worker.told == {}


async def test_nothing_is_left_in_livekits_log_afterwards(worker: Worker) -> None:
    before = list(logging.getLogger("livekit.agents").handlers)
    async with serve_health(worker, "0"):
        assert logging.getLogger("livekit.agents").handlers != before
    assert logging.getLogger("livekit.agents").handlers == before


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("8082", ("127.0.0.1", 8082)),
        ("0.0.0.0:8082", ("0.0.0.0", 8082)),
        ("[::]:8082", ("::", 8082)),
        (":8082", ("127.0.0.1", 8082)),
    ],
)
def test_a_port_alone_is_on_the_loopback_interface(text: str, address: tuple[str, int]) -> None:
    assert address_of(text) == address


@pytest.mark.parametrize("text", ["", "yes", "0.0.0.0", "127.0.0.1:", "127.0.0.1:70000", "8082x"])
def test_what_is_no_address_is_refused_with_how_to_write_it(text: str) -> None:
    with pytest.raises(SettingsError, match=r'^OFFHOOK_READY=".*" is not an address; write 8082 or 0\.0\.0\.0:8082$'):
        address_of(text)


async def test_a_port_that_is_taken_is_told_in_one_line(worker: Worker) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=rf"^OFFHOOK_READY=127\.0\.0\.1:{port} cannot be used \(another"):
            async with serve_health(worker, str(port)):
                raise AssertionError("it must not be entered")
