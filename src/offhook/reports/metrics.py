"""Counts finished calls for Prometheus. The values come from the journal, so a call counts even if its job process was
killed.
"""

import threading
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram, Metric
from prometheus_client.registry import Collector

from offhook.core.usage import ModelUsage
from offhook.reports.call_figures import CallFigures
from offhook.reports.prices import PriceTable

__all__ = ["CallMetrics"]

_SECONDS = (0.2, 0.4, 0.6, 0.8, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)
_CALL_SECONDS = (5, 15, 30, 60, 120, 300, 600, 1200, 3600)
_SHARES = (0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2)
_TOKENS = (
    "input_tokens",
    "cached_tokens",
    "output_tokens",
    "input_audio_tokens",
    "cached_audio_tokens",
    "output_audio_tokens",
)


class CallMetrics(Collector):
    """A collector for Prometheus. While `add` counts a finished call, another thread may collect the metrics."""

    def __init__(self, prices: PriceTable | None = None) -> None:
        self._prices = prices
        self._registry = registry = CollectorRegistry()
        self._lock = threading.Lock()
        agent = ("agent", "version")
        self._calls = Counter("offhook_calls_ended", "Calls that ended", (*agent, "reason"), registry=registry)
        self._seconds = Histogram(
            "offhook_call_seconds", "Length of a call", agent, buckets=_CALL_SECONDS, registry=registry
        )
        self._latency = Histogram(
            "offhook_response_seconds",
            "Response latency: the whole answer, and its parts end of turn, LLM and TTS",
            (*agent, "stage"),
            buckets=_SECONDS,
            registry=registry,
        )
        self._silence = Histogram(
            "offhook_longest_silence_seconds",
            "Longest silence of a call",
            agent,
            buckets=_CALL_SECONDS,
            registry=registry,
        )
        self._tools = Counter("offhook_tool_calls", "Tool calls", (*agent, "tool", "status"), registry=registry)
        self._problems = Counter("offhook_problems", "Problems in calls", (*agent, "problem"), registry=registry)
        self._interruptions = Counter("offhook_interruptions", "Interrupted answers", agent, registry=registry)
        model = ("provider", "model")
        self._tokens = Counter(
            "offhook_tokens", "Tokens; input and output include the others", (*model, "kind"), registry=registry
        )
        self._characters = Counter("offhook_characters", "Characters given to a TTS", model, registry=registry)
        self._audio = Counter(
            "offhook_audio_seconds", "Audio: heard (STT), spoken (TTS)", (*model, "kind"), registry=registry
        )
        self._cost = Counter("offhook_cost", "Cost at the prices of OFFHOOK_PRICES", model, registry=registry)
        self._loss = Histogram("offhook_line_loss", "Share of lost packets", agent, buckets=_SHARES, registry=registry)
        self._bad = Counter("offhook_bad_lines", "Calls whose line turned bad", agent, registry=registry)

    def add(self, figures: CallFigures) -> None:
        """Count one finished call."""
        agent = (figures.agent, figures.version)
        with self._lock:
            self._calls.labels(*agent, figures.reason or "open").inc()
            self._seconds.labels(*agent).observe(figures.seconds)
            self._silence.labels(*agent).observe(figures.longest_silence)
            self._interruptions.labels(*agent).inc(figures.interruptions)
            self._bad.labels(*agent).inc(figures.line_turned_bad)
            for stage, values in figures.latencies.items():
                for value in values:
                    self._latency.labels(*agent, stage).observe(value)
            for name, status, _ in figures.tools:
                self._tools.labels(*agent, name, status).inc()
            for name, count in figures.problems.items():
                self._problems.labels(*agent, name).inc(count)
            if isinstance(loss := figures.line.get("loss"), int | float):
                self._loss.labels(*agent).observe(loss)
            for used in figures.usage:
                self._add_usage(used)

    def _add_usage(self, used: ModelUsage) -> None:
        model = (used.provider, used.model)
        for kind in _TOKENS:
            if count := getattr(used, kind):
                self._tokens.labels(*model, kind.removesuffix("_tokens")).inc(count)
        if used.characters:
            self._characters.labels(*model).inc(used.characters)
        for kind, seconds in (("heard", used.heard), ("spoken", used.spoken)):
            if seconds:
                self._audio.labels(*model, kind).inc(seconds)
        if self._prices is not None:
            self._cost.labels(*model).inc(self._prices.cost(used)[0])

    def collect(self) -> Iterable[Metric]:
        """Return the metrics for Prometheus."""
        with self._lock:
            return list(self._registry.collect())
