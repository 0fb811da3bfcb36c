"""Confidence intervals of the figures, by bootstrap."""

from collections.abc import Callable, Sequence

import numpy as np

from bench.endpointing.judge import Judged, Score, score

__all__ = ["interval"]

_DRAWS = 500


def interval(judged: Sequence[Judged], figure: Callable[[Score], float]) -> tuple[float, float]:
    """Return the 95 % interval of a figure. The silences are drawn anew, and keep the same generator in every run."""
    random = np.random.default_rng(1)
    drawn = [figure(score([judged[at] for at in random.integers(0, len(judged), len(judged))])) for _ in range(_DRAWS)]
    low, high = np.nanquantile(drawn, (0.025, 0.975))
    return float(low), float(high)
