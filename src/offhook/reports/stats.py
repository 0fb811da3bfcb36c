"""Makes statistics from the figures of calls, for each version of each agent."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from offhook.core.usage import ModelUsage
from offhook.reports.call_figures import STAGES, CallFigures, EarlyAnswers
from offhook.reports.prices import PriceTable

__all__ = ["Group", "Percentiles", "add_usage", "groups_of", "percentiles"]

LINE = ("jitter_ms", "loss", "round_trip_ms", "concealed")


@dataclass(frozen=True, slots=True)
class Percentiles:
    """The percentiles of measured values, computed with the nearest-rank method."""

    count: int
    p50: float
    p90: float
    p99: float
    max: float


def percentiles(values: Iterable[float]) -> Percentiles | None:
    """Return the distribution of these values, or None if there are none."""
    ordered = sorted(value for value in values if math.isfinite(value))
    if not ordered:
        return None
    found = [round(ordered[math.ceil(share * len(ordered)) - 1], 4) for share in (0.5, 0.9, 0.99, 1.0)]
    return Percentiles(len(ordered), *found)


@dataclass(slots=True)
class Group:
    """The figures of all calls of one version of one agent."""

    agent: str
    version: str
    calls: int = 0
    seconds: float = 0.0
    silent: float = 0.0
    ladder: int = 0
    interruptions: int = 0
    early: EarlyAnswers = field(default_factory=EarlyAnswers)
    reasons: Counter[str] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)
    tool_errors: Counter[str] = field(default_factory=Counter)
    missing_prices: dict[str, list[str]] = field(default_factory=dict)
    cost: float | None = None
    usage: dict[tuple[str, str, str], ModelUsage] = field(default_factory=dict)
    bad_lines: int = 0
    _values: dict[str, list[float]] = field(default_factory=dict)

    def add(self, figures: CallFigures, prices: PriceTable | None) -> None:
        """Add the figures of one call."""
        self.calls += 1
        self.seconds += figures.seconds
        self.silent += figures.silent
        self.ladder += figures.ladder
        self.interruptions += figures.interruptions
        self.early += figures.early
        self.reasons[figures.reason or "open"] += 1
        self.problems.update(figures.problems)
        self.bad_lines += figures.line_turned_bad
        for stage, values in figures.latencies.items():
            self._extend(f"latency {stage}", values)
        self._extend("longest silence", [figures.longest_silence])
        for name, status, took in figures.tools:
            self._extend(f"tool {name}", [took])
            self.tool_errors[name] += status != "done"
        for one in LINE:
            value = figures.line.get(one)
            self._extend(f"line {one}", [float(value)] if isinstance(value, int | float) else [])
        for used in figures.usage:
            self._add_usage(used, prices)

    def _extend(self, name: str, values: Sequence[float]) -> None:
        self._values.setdefault(name, []).extend(values)

    def _add_usage(self, used: ModelUsage, prices: PriceTable | None) -> None:
        key = (used.kind, used.provider, used.model)
        self.usage[key] = add_usage(self.usage[key], used) if key in self.usage else used
        if prices is None:
            return
        cost, missing = prices.cost(used)
        self.cost = (self.cost or 0.0) + cost
        if missing:
            known = self.missing_prices.setdefault("/".join(filter(None, key[1:])) or used.kind, [])
            known.extend(one for one in missing if one not in known)

    def distribution(self, name: str) -> Percentiles | None:
        """Return the distribution with this name: for example `latency LLM`, `longest silence` or `tool book`."""
        return percentiles(self._values.get(name, ()))

    @property
    def latencies(self) -> Mapping[str, Percentiles | None]:
        """The distribution of each stage of the response latency."""
        return {stage: self.distribution(f"latency {stage}") for stage in STAGES.values()}

    @property
    def tools(self) -> Mapping[str, Percentiles | None]:
        """The distribution of the duration of each tool."""
        return {name: self.distribution(f"tool {name}") for name in sorted(self.tool_errors)}

    @property
    def line(self) -> Mapping[str, Percentiles | None]:
        """The distribution of each value of the line quality."""
        return {name: self.distribution(f"line {name}") for name in LINE}

    @property
    def as_json(self) -> dict[str, Any]:
        """The group as a dict for JSON. The dict still contains dataclasses, such as `Percentiles`."""
        plain = (
            "agent",
            "version",
            "calls",
            "seconds",
            "silent",
            "ladder",
            "interruptions",
            "early",
            "cost",
            "bad_lines",
        )
        return {
            **{name: getattr(self, name) for name in plain},
            "reasons": dict(self.reasons),
            "problems": dict(self.problems),
            "missing_prices": self.missing_prices,
            "latencies": self.latencies,
            "longest_silence": self.distribution("longest silence"),
            "tools": {name: {"errors": self.tool_errors[name], "seconds": self.tools[name]} for name in self.tools},
            "line": self.line,
            "usage": list(self.usage.values()),
        }


def groups_of(calls: Iterable[CallFigures], prices: PriceTable | None = None) -> list[Group]:
    """Return one group for each version of each agent in these calls. The group with the most calls is first."""
    groups: dict[tuple[str, str], Group] = {}
    for figures in calls:
        key = (figures.agent, figures.version)
        groups.setdefault(key, Group(*key)).add(figures, prices)
    return sorted(groups.values(), key=lambda group: (-group.calls, group.agent, group.version))


def add_usage(first: ModelUsage, second: ModelUsage) -> ModelUsage:
    """Return the sum of two usages of the same model."""
    counts = [one.name for one in fields(ModelUsage) if one.name not in ("kind", "provider", "model")]
    sums = {name: getattr(first, name) + getattr(second, name) for name in counts}
    return ModelUsage(first.kind, first.provider, first.model, **sums)
