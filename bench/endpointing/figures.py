"""Calculates the figures of one rule with their confidence intervals, and splits the recordings into two halves."""

from collections.abc import Sequence
from dataclasses import asdict

from bench.endpointing.confidence import interval
from bench.endpointing.judge import Rule, Score, judge, score
from bench.endpointing.labels import Labelled

__all__ = ["cut_ins", "figures", "halves"]


def figures(some: Sequence[Labelled], rule: Rule) -> dict[str, object]:
    """Return the delays and the cut-ins of a rule, with the 95 % intervals of the mean delay and of the share of
    cut-ins.
    """
    judged = judge(some, rule)
    found = score(judged)
    return asdict(found) | {
        "mean_interval": interval(judged, lambda one: one.mean) if found.ends else None,
        "cut_ins": cut_ins(found),
        "cut_ins_interval": interval(judged, cut_ins),
    }


def cut_ins(found: Score) -> float:
    """Return the number of cut-ins divided by the number of pauses after which the speaker continues."""
    return (found.inside + found.sentence) / max(found.inside_of + found.sentence_of, 1)


def halves(some: Sequence[Labelled]) -> tuple[list[Labelled], list[Labelled]]:
    """Return the silences in the half of the recordings on which offhook's presets were fitted, then the silences in
    the other half.
    """
    return [one for one in some if not one.recording.held_out], [one for one in some if one.recording.held_out]
