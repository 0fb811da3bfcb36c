"""The compared rules: LiveKit's own rule, fixed waits, and offhook's presets with all parts or with some."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bench.endpointing.judge import Rule
from bench.endpointing.labels import Labelled
from offhook.core.patience import PRESETS, Patience
from offhook.policies.endpointing.wait import ASK_AGAIN, Evidence, choose_wait, combine, is_sure
from offhook.policies.endpointing.words import transcript_end

__all__ = ["CURVE", "PARTS", "RULES", "livekit", "vad"]

ANSWER = 0.03
"""Seconds from the second request to the detector until the wait is chosen."""
_UNLIKELY = 0.36
"""LiveKit's threshold for English."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The inputs of a rule besides the patience."""

    first: bool = True
    second: bool = True
    words: bool = True


def livekit(shortest: float = 0.3, longest: float = 2.5) -> Rule:
    """Return LiveKit's rule with its detector v1-mini; the defaults are those of livekit-agents 1.8.9."""

    def rule(one: Labelled) -> float:
        unlikely = one.silence.probability < _UNLIKELY  # false without a prediction
        return longest if unlikely else shortest

    return rule


def vad(wait: float) -> Rule:
    """Return the rule of `turn_detection="vad"`: always the same wait."""
    return lambda _: wait


def graded(patience: Patience, parts: Parts = Parts()) -> Rule:
    """Return offhook's rule."""

    def rule(one: Labelled) -> float:
        silence = one.silence
        ending = transcript_end(one.text) if parts.words else "unknown"
        first = None if math.isnan(silence.probability) or not parts.first else silence.probability
        evidence = Evidence(probability=first, ending=ending)
        if first is None or not parts.second or is_sure(evidence, patience):
            return choose_wait(evidence, patience).seconds
        both = replace(evidence, probability=combine(first, silence.again))
        return max(choose_wait(both, patience).seconds, ASK_AGAIN + ANSWER)

    return rule


RULES: Mapping[str, Rule] = {
    "LiveKit's default (v1-mini, 0.3 / 2.5 s)": livekit(),
    "LiveKit's vad (0.5 s)": vad(0.5),
    "offhook's vad before (0.3 s)": vad(0.3),
    "quick": graded(PRESETS["quick"]),
    "normal": graded(PRESETS["normal"]),
    "patient": graded(PRESETS["patient"]),
    "dictation": graded(PRESETS["dictation"]),
    "normal without detector (offline)": graded(PRESETS["normal"], Parts(first=False, second=False)),
}
"""The rows of the table."""

PARTS: Mapping[str, Rule] = {
    "normal": graded(PRESETS["normal"]),
    "without the words": graded(PRESETS["normal"], Parts(words=False)),
    "without the second answer": graded(PRESETS["normal"], Parts(second=False)),
    "without both": graded(PRESETS["normal"], Parts(second=False, words=False)),
    "the words alone": graded(PRESETS["normal"], Parts(first=False, second=False)),
    "nothing (one wait)": graded(PRESETS["normal"], Parts(first=False, second=False, words=False)),
}
"""Rules without some parts. The figures of these rules show what each part adds."""


_FACTORS = (0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 1.0, 1.05, 1.1, 1.15, 1.2, 1.3, 1.45, 1.6, 2.0, 2.6, 3.4)
"""The longest wait of the curve, as multiples of the normal one."""


def _stretched(factor: float) -> Patience:
    normal = PRESETS["normal"]
    return replace(normal, longest=max(normal.longest * factor, normal.shortest))


CURVE: Mapping[str, Sequence[Rule]] = {
    "LiveKit, v1-mini": [livekit(0.3, longest) for longest in (0.3, 0.5, 0.7, 1.0, 1.3, 1.6, 2.0, 2.5, 3.0)],
    "vad": [vad(wait) for wait in (0.3, 0.4, 0.5, 0.6, 0.7, 0.85, 1.0, 1.2, 1.5, 2.0)],
    "offhook": [graded(_stretched(factor)) for factor in _FACTORS],
}
"""The lines of the picture: each rule with increasing patience."""
