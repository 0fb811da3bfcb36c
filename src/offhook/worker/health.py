"""Reports whether this worker takes new calls: `GET /ready` and `GET /metrics`.

LiveKit's own health check (port 8081) answers 200 even while a worker drains or has lost its server. LiveKit has no
public way to change that check. A full worker is still ready, for two reasons. First, a rollout waits until the new
pods are ready. Second, when Kubernetes decides whether more pods are needed, it ignores pods that are not ready.
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
from prometheus_client.registry import Collector

from offhook.core.errors import SettingsError

__all__ = ["PORT", "Readiness", "WatchedWorker", "address_of", "serve_health"]

PORT = 8082

_LOST = "failed to connect to livekit"
"""LiveKit's log message for a lost connection begins with this text. LiveKit has no event for a lost connection."""


class WatchedWorker(Protocol):
    """The part of offhook's `Server` that this module uses."""

    @property
    def capacity(self) -> int: ...
    @property
    def draining(self) -> bool: ...
    @property
    def active_jobs(self) -> list[Any]: ...
    def on(self, event: Any, callback: Callable[..., Any], /) -> Any: ...


@dataclass(frozen=True, slots=True)
class State:
    """The JSON body of a response from `/ready`."""

    ready: bool
    why: str
    calls: int
    capacity: int


class Readiness(logging.Handler, Collector):
    """Tracks whether the worker is ready: from registration with the server until the worker drains or disconnects."""

    def __init__(self, worker: WatchedWorker) -> None:
        super().__init__(logging.WARNING)
        self._worker = worker
        self._connected = False
        self._before = True
        worker.on("worker_registered", self._registered)

    def _registered(self, *_: object) -> None:
        self._connected, self._before = True, False

    def emit(self, record: logging.LogRecord) -> None:
        """Mark the connection as lost when LiveKit logs the loss."""
        if str(record.msg).startswith(_LOST):
            self._connected = False

    def state(self) -> State:
        """Return whether the worker takes new calls (and if not, why), the number of calls, and the capacity."""
        if self._worker.draining:
            why = "draining: no new calls; running calls may finish"
        elif not self._connected:
            why = "not registered yet" if self._before else "the LiveKit server cannot be reached; retrying"
        else:
            why = ""
        return State(not why, why, self._calls(), self._worker.capacity)

    def _calls(self) -> int:
        try:
            return len(self._worker.active_jobs)
        except AttributeError:  # LiveKit creates its process pool only in `run`
            return 0

    def collect(self) -> Iterable[Metric]:
        """Return the metrics for Prometheus. Use `offhook_load` to decide how many workers are needed."""
        now = self.state()
        yield GaugeMetricFamily("offhook_calls", "Calls that run on this worker", now.calls)
        yield GaugeMetricFamily("offhook_capacity", "Calls that this worker can run at once", now.capacity)
        yield GaugeMetricFamily("offhook_load", "Calls divided by capacity: 0 is idle, 1 is full", self.load())
        yield GaugeMetricFamily("offhook_ready", "1 when the worker takes new calls", int(now.ready))

    def load(self) -> float:
        return self._calls() / self._worker.capacity


def address_of(text: str) -> tuple[str, int]:
    """Return the host and port in a text such as `8082` (on loopback) or `0.0.0.0:8082`. Port 0 means any free port."""
    host, _, port = text.rpartition(":")
    if not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise SettingsError(f'OFFHOOK_READY="{text}" is not an address; write {PORT} or 0.0.0.0:{PORT}')
    return host.strip("[]") or "127.0.0.1", int(port)


@asynccontextmanager
async def serve_health(
    worker: WatchedWorker, address: str | None, *more: Collector
) -> AsyncIterator[tuple[str, int] | None]:
    """Serve `/ready` and `/metrics` at this address while the block runs. Yields the host and the port.

    If the address is None, nothing is served. `more` are further Prometheus collectors for `/metrics`.
    """
    if address is None:
        yield None
        return
    host, port = address_of(address)
    readiness = Readiness(worker)
    livekit = logging.getLogger("livekit.agents")
    runner = web.AppRunner(_app(readiness, *more), access_log=None)
    await runner.setup()
    livekit.addHandler(readiness)
    try:
        await _listen(runner, host, port)
        yield runner.addresses[0][:2]
    finally:
        livekit.removeHandler(readiness)
        await runner.cleanup()


def _app(readiness: Readiness, *more: Collector) -> web.Application:
    registry = CollectorRegistry()
    for collector in (readiness, *more):
        registry.register(collector)

    async def ready(_: web.Request) -> web.Response:
        state = readiness.state()
        return web.json_response(asdict(state), status=200 if state.ready else 503)

    async def metrics(_: web.Request) -> web.Response:
        text = await asyncio.to_thread(lambda: generate_latest(registry) + generate_latest(REGISTRY))
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.add_routes([web.get("/ready", ready), web.get("/metrics", metrics)])
    return app


async def _listen(runner: web.AppRunner, host: str, port: int) -> None:
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        why = "another program, maybe another worker, uses the port" if taken else error.strerror
        text = f"OFFHOOK_READY={host}:{port} cannot be used ({why})"
        raise SettingsError(f"{text}; give this worker another port, or leave OFFHOOK_READY empty") from None
