"""Figures: many measured values, their middle and their tail, and the goal they are held against."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

__all__ = ["Figure", "Goal", "p99"]


def p99(values: Sequence[float]) -> float:
    """The 99th percentile by nearest rank: with fewer than 100 values, the largest."""
    ordered = sorted(values)
    return ordered[math.ceil(0.99 * len(ordered)) - 1]


@dataclass(frozen=True, slots=True)
class Goal:
    """`of` the values must be at most `most`; `text` says so, and against what."""

    most: float
    of: Literal["median", "p99", "max"] = "median"
    text: str = ""

    def __str__(self) -> str:
        return self.text or f"{self.of} <= {self.most:g}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table. `calls` tells figures of the same key apart; no goal: only reported."""

    key: str
    values: Sequence[float]
    goal: Goal | None = None
    calls: int | None = None
    held: float | None = None
    """The value that the goal is about, where it is not one of the values (a ratio to stock)."""
    wanted: int = 0
    """How many values there should be; with fewer, a goal is missed."""

    @property
    def ok(self) -> bool | None:
        """None: there is no goal. With values missing, a goal is missed."""
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
        """As JSON-ready data."""
        told: dict[str, object] = {"n": len(self.values)}
        if self.values:
            told |= {"median": round(statistics.median(self.values), 2), "p99": round(p99(self.values), 2)}
        if self.held is not None:
            told["held"] = round(self.held, 3)
        return told | {"goal": str(self.goal) if self.goal else None, "ok": self.ok}
