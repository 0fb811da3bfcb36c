"""Compares the delays of a LiveKit rule with the delays of the fastest offhook rule that cuts in no more often than
LiveKit's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bench.endpointing.confidence import draws, middle
from bench.endpointing.judge import Places, Rule, judge
from bench.endpointing.labels import Labelled

__all__ = ["Equal", "at_equal_cut_ins"]


@dataclass(frozen=True, slots=True)
class Equal:
    """The delays in seconds and the cut-ins of offhook and of LiveKit (`_stock`). A ratio is offhook's delay divided by
    LiveKit's delay, and has a 95 % confidence interval.
    """

    recordings: int
    ends: int
    cut_ins_stock: int
    cut_ins: int
    mean: float
    mean_stock: float
    mean_ratio: float
    mean_ratio_interval: tuple[float, float]
    p90: float
    p90_stock: float
    p90_ratio: float
    p90_ratio_interval: tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Pair:
    """The mean delay, the 90th percentile of the delays, and the number of cut-ins. In each pair, the first number is
    LiveKit's and the second is offhook's.
    """

    mean: tuple[float, float]
    p90: tuple[float, float]
    cut_ins: tuple[int, int]


class _Outcomes:
    """The delays and the cut-ins of all rules. The first rule is LiveKit's."""

    def __init__(self, some: Sequence[Labelled], rules: Sequence[Rule]) -> None:
        judged = [judge(some, rule) for rule in rules]
        self.recordings, self.ends = judged[0].recordings, judged[0].ends
        self._delays: npt.NDArray[np.float64] = np.stack([one.delays for one in judged])
        self._cut_ins: npt.NDArray[np.bool_] = np.stack([one.cut_ins for one in judged])

    def best(self, places: Places) -> _Pair:
        """Return the figures of LiveKit's rule and of the best offhook rule at the silences with these indexes.

        The best offhook rule has the shortest mean delay of all offhook rules that cut in no more often than LiveKit's
        rule. If there is no such rule, the last offhook rule is used.
        """
        cut_ins = self._cut_ins[:, places].sum(axis=1)
        delays = self._delays[:, places[self.ends[places]]]
        means = delays.mean(axis=1)
        allowed = [at for at in range(1, len(means)) if cut_ins[at] <= cut_ins[0]]
        ours = min(allowed, key=lambda at: means[at], default=len(means) - 1)
        p90s = np.quantile(delays[[0, ours]], 0.9, axis=1)
        return _Pair(
            (float(means[0]), float(means[ours])),
            (float(p90s[0]), float(p90s[1])),
            (int(cut_ins[0]), int(cut_ins[ours])),
        )


def at_equal_cut_ins(some: Sequence[Labelled], stock: Rule, curve: Sequence[Rule]) -> Equal:
    """Compare LiveKit's rule `stock` with the best rule in `curve`, which contains offhook rules with increasing
    patience.

    The best rule has the shortest mean delay of all rules in `curve` that cut in no more often than `stock`.
    """
    outcomes = _Outcomes(some, (stock, *curve))
    whole = outcomes.best(np.arange(len(some)))
    drawn = [outcomes.best(places) for places in draws(outcomes.recordings) if outcomes.ends[places].any()]
    return Equal(
        recordings=len(set(outcomes.recordings)),
        ends=sum(one.label == "end" for one in some),
        cut_ins_stock=whole.cut_ins[0],
        cut_ins=whole.cut_ins[1],
        mean=whole.mean[1],
        mean_stock=whole.mean[0],
        mean_ratio=_ratio(whole.mean),
        mean_ratio_interval=middle([_ratio(one.mean) for one in drawn]),
        p90=whole.p90[1],
        p90_stock=whole.p90[0],
        p90_ratio=_ratio(whole.p90),
        p90_ratio_interval=middle([_ratio(one.p90) for one in drawn]),
    )


def _ratio(pair: tuple[float, float]) -> float:
    return pair[1] / pair[0]
