"""Confidence intervals of the figures, by bootstrap over the recordings."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from bench.endpointing.judge import Judged, Score, score

__all__ = ["draws", "interval", "middle"]

_DRAWS = 500


def draws(judged: Sequence[Judged]) -> Iterator[Sequence[int]]:
    """Draw the recordings at random with replacement, and yield the indexes of their silences. The silences of one
    recording are alike, so they stay together. Every run makes the same draws.
    """
    random = np.random.default_rng(1)
    places: dict[str, list[int]] = {}
    for place, one in enumerate(judged):
        places.setdefault(one.recording, []).append(place)
    recordings = list(places.values())
    for _ in range(_DRAWS):
        yield [place for at in random.integers(0, len(recordings), len(recordings)) for place in recordings[at]]


def interval(judged: Sequence[Judged], figure: Callable[[Score], float]) -> tuple[float, float]:
    """Return the 95 % interval of a figure."""
    return middle([figure(score([judged[place] for place in drawn])) for drawn in draws(judged)])


def middle(figures: Sequence[float]) -> tuple[float, float]:
    """Return the range of the middle 95 % of the figures."""
    low, high = np.nanquantile(figures, (0.025, 0.975))
    return float(low), float(high)
