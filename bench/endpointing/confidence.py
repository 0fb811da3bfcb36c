"""Calculates confidence intervals of the figures with a bootstrap, which draws random samples of the recordings."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from bench.endpointing.judge import Judged, Places, Score, score

__all__ = ["draws", "interval", "middle"]

_DRAWS = 500


def draws(recordings: Sequence[str]) -> Iterator[Places]:
    """Draw recordings at random with replacement, and yield the indexes of their silences; repeat this 500 times.

    `recordings[i]` is the name of the recording that contains silence `i`. The silences of one recording are similar,
    so a draw always takes all silences of a recording together. The random seed is fixed, so each run of the benchmark
    makes the same draws.
    """
    random = np.random.default_rng(1)
    places: dict[str, list[int]] = {}
    for place, name in enumerate(recordings):
        places.setdefault(name, []).append(place)
    groups = [np.array(group, np.intp) for group in places.values()]
    for _ in range(_DRAWS):
        yield np.concatenate([groups[at] for at in random.integers(0, len(groups), len(groups))])


def interval(judged: Judged, figure: Callable[[Score], float]) -> tuple[float, float]:
    """Return the 95 % confidence interval of a figure."""
    return middle([figure(score(judged.at(places))) for places in draws(judged.recordings)])


def middle(figures: Sequence[float]) -> tuple[float, float]:
    """Return the range of the middle 95 % of the figures."""
    low, high = np.nanquantile(figures, (0.025, 0.975))
    return float(low), float(high)
