"""Compares offhook's delays with LiveKit's default, at no more cut-ins than LiveKit's."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.endpointing.confidence import draws, middle
from bench.endpointing.judge import Score, judge, score
from bench.endpointing.labels import Labelled
from bench.endpointing.rules import CURVE, livekit

__all__ = ["Equal", "at_equal_cut_ins"]


@dataclass(frozen=True, slots=True)
class Equal:
    """The delays of offhook and of LiveKit, and their ratios with 95 % intervals over the recordings."""

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
    goal: bool


def at_equal_cut_ins(some: Sequence[Labelled]) -> Equal:
    """Compare LiveKit's default with one point of offhook's curve: the shortest mean delay with no more cut-ins."""
    judged = [judge(some, rule) for rule in (livekit(), *CURVE["offhook"])]
    stock, best = _best([score(one) for one in judged])
    drawn = [_best([score([one[place] for place in places]) for one in judged]) for places in draws(judged[0])]
    means, p90s = zip(*((ours.mean / theirs.mean, ours.p90 / theirs.p90) for theirs, ours in drawn), strict=True)
    mean, p90 = best.mean / stock.mean, best.p90 / stock.p90
    return Equal(
        recordings=len({one.recording for one in judged[0]}),
        ends=stock.ends,
        cut_ins_stock=stock.inside + stock.sentence,
        cut_ins=best.inside + best.sentence,
        mean=best.mean,
        mean_stock=stock.mean,
        mean_ratio=mean,
        mean_ratio_interval=middle(means),
        p90=best.p90,
        p90_stock=stock.p90,
        p90_ratio=p90,
        p90_ratio_interval=middle(p90s),
        goal=mean <= 0.5 and p90 <= 1 / 3,
    )


def _best(scores: Sequence[Score]) -> tuple[Score, Score]:
    """Return LiveKit's score, and offhook's best one."""
    stock, *ours = scores
    most = stock.inside + stock.sentence
    return stock, min(
        (one for one in ours if one.inside + one.sentence <= most), key=lambda one: one.mean, default=ours[-1]
    )
