"""Whether this worker can be sent calls, for whoever runs it: `GET /ready` and `GET /metrics`.

LiveKit's own health check (port 8081) says 200 while a worker drains and while it has lost its server, and nothing can
be added to it publicly. A full worker is ready all the same: a rollout waits for readiness, and pods that are not ready
count for nothing when Kubernetes decides whether more are needed.
"""

import asyncio
import errno
import logging
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily

from offhook.core.errors import SettingsError

__all__ = ["PORT", "Readiness", "Worker", "address_of", "ready_site"]

PORT = 8082

_LOST = "failed to connect to livekit"
"""How LiveKit begins to say that its connection is gone; it has an event for getting one, and none for losing it."""


class Worker(Protocol):
    """What is asked here of offhook's `Server`."""

    @property
    def capacity(self) -> int: ...
    @property
    def draining(self) -> bool: ...
    @property
    def active_jobs(self) -> list[Any]: ...
    def on(self, event: Any, callback: Callable[..., Any], /) -> Any: ...


@dataclass(frozen=True, slots=True)
class State:
    """What `/ready` answers."""

    ready: bool
    why: str
    calls: int
    capacity: int


class Readiness(logging.Handler):
    """Ready from the registration with the server until the connection is lost or the worker drains."""

    def __init__(self, worker: Worker) -> None:
        super().__init__(logging.WARNING)
        self._worker = worker
        self._connected = False
        self._before = True
        worker.on("worker_registered", self._registered)

    def _registered(self, *_: object) -> None:
        self._connected, self._before = True, False

    def emit(self, record: logging.LogRecord) -> None:
        """Take note when LiveKit logs that it has lost its server."""
        if str(record.msg).startswith(_LOST):
            self._connected = False

    def state(self) -> State:
        """Whether new calls may come, and if not, why; how many run, and how many may."""
        if self._worker.draining:
            why = "draining: no new calls, running ones may finish"
        elif not self._connected:
            why = "not registered yet" if self._before else "the LiveKit server is not reached; trying again"
        else:
            why = ""
        return State(not why, why, self._calls(), self._worker.capacity)

    def _calls(self) -> int:
        try:
            return len(self._worker.active_jobs)
        except AttributeError:  # LiveKit makes its process pool only when it runs
            return 0

    def collect(self) -> Iterable[Metric]:
        """Our figures for Prometheus; `offhook_load` is what to scale by."""
        now = self.state()
        yield GaugeMetricFamily("offhook_calls", "Calls that run on this worker", now.calls)
        yield GaugeMetricFamily("offhook_capacity", "Calls that this worker takes at once", now.capacity)
        yield GaugeMetricFamily("offhook_load", "Calls divided by capacity: 0 is idle, 1 is full", self.load())
        yield GaugeMetricFamily("offhook_ready", "1 when new calls may come", int(now.ready))

    def load(self) -> float:
        return self._calls() / self._worker.capacity


def address_of(text: str) -> tuple[str, int]:
    """Read `8082` (loopback), `0.0.0.0:8082` or `[::]:8082`; port 0 takes a free one."""
    host, _, port = text.rpartition(":")
    if not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise SettingsError(f'OFFHOOK_READY="{text}" is no address; write {PORT} or 0.0.0.0:{PORT}')
    return host.strip("[]") or "127.0.0.1", int(port)


@asynccontextmanager
async def ready_site(worker: Worker, address: str | None) -> AsyncIterator[tuple[str, int] | None]:
    """Answer `/ready` and `/metrics` at this address while the block runs; without one, nowhere."""
    if address is None:
        yield None
        return
    host, port = address_of(address)
    readiness = Readiness(worker)
    livekit = logging.getLogger("livekit.agents")
    runner = web.AppRunner(_app(readiness), access_log=None)
    await runner.setup()
    livekit.addHandler(readiness)
    try:
        await _listen(runner, host, port)
        yield runner.addresses[0][:2]
    finally:
        livekit.removeHandler(readiness)
        await runner.cleanup()


def _app(readiness: Readiness) -> web.Application:
    ours = CollectorRegistry()
    ours.register(readiness)

    async def ready(_: web.Request) -> web.Response:
        state = readiness.state()
        return web.json_response(asdict(state), status=200 if state.ready else 503)

    async def metrics(_: web.Request) -> web.Response:
        text = await asyncio.to_thread(lambda: generate_latest(ours) + generate_latest(REGISTRY))
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.add_routes([web.get("/ready", ready), web.get("/metrics", metrics)])
    return app


async def _listen(runner: web.AppRunner, host: str, port: int) -> None:
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        why = "another program, maybe another worker, has it" if taken else error.strerror
        text = f"OFFHOOK_READY={host}:{port} cannot be used ({why})"
        raise SettingsError(f"{text}; give this worker another port, or leave it empty") from None
