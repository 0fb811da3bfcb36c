"""Ships the journal to PostgreSQL while the worker runs. This code runs in a separate thread, so a slow database does
not delay the worker.
"""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from offhook.core.errors import JournalError, SettingsError
from offhook.journal.postgres.connect import require_asyncpg
from offhook.journal.postgres.shipper import Progress, Shipper
from offhook.settings import Settings

__all__ = ["ShippingMetrics", "shipping"]

LAST: Final = 5.0
"""Maximum seconds to ship the last records when the worker stops. After its next start, the worker ships the rest."""


class ShippingMetrics(Collector):
    """Prometheus metrics about the shipped records and the records that wait."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def collect(self) -> Iterable[Metric]:
        """Return the metrics for Prometheus."""
        progress, backlog = self._progress, self._progress.backlog
        behind = 0.0 if backlog.since is None else max(0.0, time.time() - backlog.since)
        yield CounterMetricFamily("offhook_postgres_records", "Records that were shipped", progress.shipped)
        yield GaugeMetricFamily("offhook_postgres_waiting", "Records that wait to be shipped", backlog.records)
        yield GaugeMetricFamily("offhook_postgres_seconds_behind", "Age of the oldest record that waits", behind)
        yield GaugeMetricFamily("offhook_postgres_up", "1 if the last attempt succeeded", int(progress.working))


@asynccontextmanager
async def shipping(settings: Settings) -> AsyncIterator[Sequence[Collector]]:
    """Ship the journal while the block runs, and ship the last records after the block. Yields the metrics.

    If OFFHOOK_POSTGRES is not set, do nothing. Raises `SettingsError` if the package for PostgreSQL is missing.
    """
    address = settings.postgres_address
    if address is None:
        yield ()
        return
    try:
        require_asyncpg()
    except JournalError as error:
        raise SettingsError(f"OFFHOOK_POSTGRES is set: {error}") from None
    shipper, loop, stopping = Shipper(settings.journal, address), asyncio.new_event_loop(), asyncio.Event()
    shipped = loop.create_task(shipper.run(stopping), name="offhook postgres")

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(_until_done(shipped))

    thread = threading.Thread(target=run, name="offhook-postgres", daemon=True)
    thread.start()
    try:
        yield [ShippingMetrics(shipper.progress)]
    finally:
        for end in (stopping.set, shipped.cancel):
            with suppress(RuntimeError):  # the thread has ended and closed the loop
                loop.call_soon_threadsafe(end)
                await asyncio.to_thread(thread.join, LAST)


async def _until_done(task: asyncio.Task[None]) -> None:
    await asyncio.wait([task])
