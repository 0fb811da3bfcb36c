"""Counts each finished call for Prometheus, and sends its trace spans. This code runs in the worker's main process."""

import logging
from collections.abc import Callable, Sequence
from typing import Protocol

from offhook.core.record import Record
from offhook.reports.call_figures import figures_of
from offhook.reports.metrics import CallMetrics
from offhook.reports.prices import read_prices
from offhook.settings import Settings

__all__ = ["FinishedCalls"]

log = logging.getLogger("offhook")


class _Tracer(Protocol):
    def add(self, records: Sequence[Record]) -> None: ...
    def close(self) -> None: ...


class FinishedCalls:
    """Gives the records of each finished call to the metrics and to the tracer. Raises `SettingsError` if the price
    table cannot be read.
    """

    def __init__(self, settings: Settings) -> None:
        self.metrics = CallMetrics(read_prices(settings.prices) if settings.prices is not None else None)
        self._tracer: _Tracer | None = None
        self._then: Callable[[Sequence[Record]], None] = lambda _: None
        if settings.traces is not None:
            from offhook.reports.tracing import CallTracer  # noqa: PLC0415  # the import takes 60 ms

            self._tracer = CallTracer(settings.traces, text=settings.traces_text)

    def then(self, take: Callable[[Sequence[Record]], None]) -> None:
        """Also call `take` with the records of each finished call."""
        self._then = take

    def add(self, records: Sequence[Record]) -> None:
        """Count one finished call from its records, and trace the call. Run this method in a thread. An error is
        logged, and does not affect other calls.
        """
        try:
            self._then(records)
            self.metrics.add(figures_of(records))
            if self._tracer is not None:
                self._tracer.add(records)
        except Exception:  # an error in a report must not stop `JobWatch`, which also watches other calls
            call = records[0].call if records else ""
            log.exception("a finished call could not be counted", extra={"call": call})

    def close(self) -> None:
        """Send the trace spans that are not sent yet, which can take several seconds."""
        if self._tracer is not None:
            self._tracer.close()
