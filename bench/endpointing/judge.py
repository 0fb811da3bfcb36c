"""Replays the labelled silences with a rule for the wait, and counts late replies and cut-ins."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bench.endpointing.labels import Label, Labelled

__all__ = ["Judged", "Rule", "Score", "judge", "score"]

Rule = Callable[[Labelled], float]
"""Returns the seconds from the last speech to the end of the turn."""

INFERENCE = 0.02
"""Seconds from the VAD's END_OF_SPEECH to the detector's answer. LiveKit cannot end the turn before the answer."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a rule does at one silence of a recording: the delay in seconds, and whether the speaker was cut off."""

    recording: str
    label: Label
    delay: float
    cut_in: bool


@dataclass(frozen=True, slots=True)
class Score:
    """The figures of one rule. Delays are seconds at real ends; cut-ins are counts."""

    mean: float
    p50: float
    p90: float
    ends: int
    inside: int
    inside_of: int
    sentence: int
    sentence_of: int


def judge(found: Sequence[Labelled], rule: Rule) -> list[Judged]:
    """Apply the rule to each silence."""
    result = []
    for one in found:
        silence = one.silence
        delay = max(rule(one), silence.ended + INFERENCE - silence.stopped)
        cut_in = one.label != "end" and silence.stopped + delay < silence.resumed
        result.append(Judged(str(one.recording.path), one.label, delay, cut_in))
    return result


def score(judged: Sequence[Judged]) -> Score:
    """Return the figures of all judged silences."""
    delays = np.array([one.delay for one in judged if one.label == "end"])
    inside = [one.cut_in for one in judged if one.label == "inside"]
    sentence = [one.cut_in for one in judged if one.label == "sentence"]
    return Score(*_delays(delays), len(delays), sum(inside), len(inside), sum(sentence), len(sentence))


def _delays(delays: npt.NDArray[np.float64]) -> tuple[float, float, float]:
    if not len(delays):
        return math.nan, math.nan, math.nan
    return float(np.mean(delays)), float(np.quantile(delays, 0.5)), float(np.quantile(delays, 0.9))
