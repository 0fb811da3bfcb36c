"""Measures the delays and the cut-ins of a rule at the labelled silences. A rule chooses how long the agent waits in a
silence before the turn ends.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bench.endpointing.labels import Labelled

__all__ = ["Judged", "Rule", "Score", "judge", "score"]

Rule = Callable[[Labelled], float]
"""A function that takes a silence, and returns the seconds from the end of speech to the end of the turn."""

INFERENCE = 0.02
"""Seconds from the VAD's END_OF_SPEECH to the end-of-turn detector's prediction. LiveKit cannot end the turn earlier.
"""

Places = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Judged:
    """The effect of a rule at each silence: the delay in seconds, and whether the rule cuts the speaker off.

    `recordings` has the name of each silence's recording. `ends` is True at silences with the label "end", and
    `sentences` is True at silences with the label "sentence".
    """

    recordings: Sequence[str]
    ends: npt.NDArray[np.bool_]
    sentences: npt.NDArray[np.bool_]
    delays: npt.NDArray[np.float64]
    cut_ins: npt.NDArray[np.bool_]

    def at(self, places: Places) -> "Judged":
        """Return the values for the silences with these indexes. `places` can contain the same index more than once."""
        names = [self.recordings[place] for place in places]
        return Judged(names, self.ends[places], self.sentences[places], self.delays[places], self.cut_ins[places])


@dataclass(frozen=True, slots=True)
class Score:
    """The figures of one rule. `mean`, `p50` and `p90` are delays in seconds at the real ends of turns.

    `inside_of` is the number of silences with the label "inside", and `inside` is the number of cut-ins at these
    silences. `sentence_of` and `sentence` are the same numbers for the label "sentence".
    """

    mean: float
    p50: float
    p90: float
    ends: int
    inside: int
    inside_of: int
    sentence: int
    sentence_of: int


def judge(found: Sequence[Labelled], rule: Rule) -> Judged:
    """Return the effect of the rule at each silence."""
    ends = np.array([one.label == "end" for one in found], bool)
    floors = np.array([one.silence.ended + INFERENCE - one.silence.stopped for one in found])
    stopped = np.array([one.silence.stopped for one in found])
    resumed = np.array([one.silence.resumed for one in found])
    delays = np.maximum(np.array([rule(one) for one in found]), floors)
    return Judged(
        recordings=[str(one.recording.path) for one in found],
        ends=ends,
        sentences=np.array([one.label == "sentence" for one in found], bool),
        delays=delays,
        cut_ins=~ends & (stopped + delays < resumed),
    )


def score(judged: Judged) -> Score:
    """Return the figures of all judged silences."""
    inside = ~judged.ends & ~judged.sentences
    mean, p50, p90 = _delays(judged.delays[judged.ends])
    return Score(
        mean,
        p50,
        p90,
        ends=int(judged.ends.sum()),
        inside=int((judged.cut_ins & inside).sum()),
        inside_of=int(inside.sum()),
        sentence=int((judged.cut_ins & judged.sentences).sum()),
        sentence_of=int(judged.sentences.sum()),
    )


def _delays(delays: npt.NDArray[np.float64]) -> tuple[float, float, float]:
    if not len(delays):
        return math.nan, math.nan, math.nan
    return float(np.mean(delays)), float(np.quantile(delays, 0.5)), float(np.quantile(delays, 0.9))
