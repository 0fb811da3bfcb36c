"""Estimates how fast a value grows, with a confidence interval. The estimate is the median of the slopes between all
pairs of points (Theil-Sen).
"""

import itertools
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Slope", "slope"]

_BIN = 60.0
"""All samples within this many seconds count as one point, because the samples of the same minute are almost equal."""
_Z = 1.96


@dataclass(frozen=True, slots=True)
class Slope:
    """The growth per hour, and the lower and upper end of the 95 % confidence interval of the growth."""

    per_hour: float
    low: float
    high: float


def slope(samples: Sequence[tuple[float, float]]) -> Slope:
    """Return the slope with the interval of Sen's estimator. Each sample is a time in seconds and a value. With only a
    few minutes of samples, the interval covers the slopes between all pairs of points.
    """
    points = _minutes(samples)
    pairs = itertools.combinations(points, 2)
    slopes = sorted((later - early) / (end - start) * 3600 for (start, early), (end, later) in pairs)
    n = len(points)
    spread = _Z * math.sqrt(n * (n - 1) * (2 * n + 5) / 18)
    low, high = math.floor((len(slopes) - spread) / 2), math.ceil((len(slopes) + spread) / 2)
    return Slope(statistics.median(slopes), slopes[max(low, 0)], slopes[min(high, len(slopes) - 1)])


def _minutes(samples: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the median time and the median value of each minute."""
    begin = samples[0][0]
    minutes = itertools.groupby(samples, key=lambda sample: (sample[0] - begin) // _BIN)
    grouped = [list(group) for _, group in minutes]
    return [(statistics.median(at for at, _ in one), statistics.median(value for _, value in one)) for one in grouped]
