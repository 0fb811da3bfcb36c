"""Figures: measured values with their median, their p99, and a goal."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

__all__ = ["Figure", "Goal", "as_json", "p99"]


def p99(values: Sequence[float]) -> float:
    """Return the 99th percentile by nearest rank. With fewer than 100 values, this is the largest value."""
    ordered = sorted(values)
    return ordered[math.ceil(0.99 * len(ordered)) - 1]


@dataclass(frozen=True, slots=True)
class Goal:
    """A limit for a figure: the statistic named in `of` must be at most `most`. `text` replaces the default
    description.
    """

    most: float
    of: Literal["median", "p99", "max"] = "median"
    text: str = ""

    def __str__(self) -> str:
        return self.text or f"{self.of} <= {self.most:g}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table. Two figures may have the same key if their numbers of calls (`calls`) differ. A figure
    without a goal is only reported.
    """

    key: str
    values: Sequence[float]
    goal: Goal | None = None
    calls: int | None = None
    held: float | None = None
    """The value that is compared with the goal in place of a statistic of `values`, for example a ratio to LiveKit
    alone.
    """
    wanted: int = 0
    """The expected number of values. With fewer values, the figure misses its goal."""

    @property
    def ok(self) -> bool | None:
        """True if the goal is reached. False if not, or if there are too few values. None if there is no goal."""
        if self.goal is None:
            return None
        if len(self.values) < max(self.wanted, 1):
            return False
        return (self._reached(self.goal.of) if self.held is None else self.held) <= self.goal.most

    def _reached(self, of: Literal["median", "p99", "max"]) -> float:
        match of:
            case "median":
                return statistics.median(self.values)
            case "p99":
                return p99(self.values)
            case "max":
                return max(self.values)

    def summary(self) -> dict[str, object]:
        """Return the figure as JSON-ready data."""
        result: dict[str, object] = {"n": len(self.values)}
        if self.values:
            result |= {"median": round(statistics.median(self.values), 2), "p99": round(p99(self.values), 2)}
        if self.held is not None:
            result["held"] = round(self.held, 3)
        return result | {"goal": str(self.goal) if self.goal else None, "ok": self.ok}


def as_json(figures: Sequence[Figure]) -> dict[str, object]:
    """Map the key of each figure to the figure's summary. If a figure has a number of calls, its key maps to one
    summary for each number of calls.
    """
    result: dict[str, object] = {}
    for figure in figures:
        if figure.calls is None:
            result[figure.key] = figure.summary()
        else:
            deeper = result.setdefault(figure.key, {})
            assert isinstance(deeper, dict)
            deeper[f"{figure.calls} calls" if figure.calls > 1 else "1 call"] = figure.summary()
    return result
