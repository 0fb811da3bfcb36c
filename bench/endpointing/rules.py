"""The rules that the benchmark compares: LiveKit's own rule, fixed waits, and offhook's presets with all or only some
of their inputs.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from bench.endpointing.judge import Rule
from bench.endpointing.labels import Labelled
from offhook.core.patience import PRESETS, Patience
from offhook.policies.endpointing.question import asked
from offhook.policies.endpointing.wait import ASK_AGAIN, Evidence, choose_wait, combine, is_sure, patience_for
from offhook.policies.endpointing.words import affirms_or_denies, transcript_end

__all__ = [
    "CURVE",
    "OFFLINE",
    "OFFLINE_CURVE",
    "OFFLINE_PARTS",
    "OFFLINE_PLAIN_CURVE",
    "PARTS",
    "RULES",
    "livekit",
    "vad",
]

ANSWER = 0.03
"""After its second request to the end-of-turn detector, offhook needs this many seconds to choose the wait."""
_UNLIKELY = 0.36
"""LiveKit's threshold for English: below this probability, LiveKit uses its longest wait."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The inputs that an offhook rule uses besides the patience. `first` and `second` are the two predictions of the
    end-of-turn detector. `words` is the end of the transcript, and `question` is the agent's last question.
    """

    first: bool = True
    second: bool = True
    words: bool = True
    question: bool = True


_OFFLINE = Parts(first=False, second=False)
"""The inputs of a rule without an end-of-turn detector."""
_NOTHING = replace(_OFFLINE, words=False, question=False)


def livekit(shortest: float = 0.3, longest: float = 2.5) -> Rule:
    """Return LiveKit's rule with its detector v1-mini; the defaults are those of livekit-agents 1.8.9."""

    def rule(one: Labelled) -> float:
        unlikely = one.silence.probability < _UNLIKELY  # False if there is no prediction (NaN)
        return longest if unlikely else shortest

    return rule


def vad(wait: float) -> Rule:
    """Return the rule of `turn_detection="vad"`, which always waits for the same time."""
    return lambda _: wait


def graded(patience: Patience, parts: Parts = Parts()) -> Rule:
    """Return offhook's rule with this patience and these inputs."""

    def rule(one: Labelled) -> float:
        silence = one.silence
        first = None if math.isnan(silence.probability) or not parts.first else silence.probability
        evidence = replace(_known(one.text, one.question, parts), probability=first)
        _, used = patience_for(evidence, "", patience)
        if first is None or not parts.second or is_sure(evidence, used):
            return _wait(evidence, used)
        both = replace(evidence, probability=combine(first, silence.again))
        return max(_wait(both, used), ASK_AGAIN + ANSWER)

    return rule


@cache
def _known(text: str, question: str, parts: Parts) -> Evidence:
    """Return the evidence that does not come from the detector: the end of the transcript and the agent's question."""
    kind = asked(question) if parts.question else "nothing"
    answered = kind == "yes_or_no" and affirms_or_denies(text)
    return Evidence(ending=transcript_end(text) if parts.words else "unknown", answered=answered, asked=kind)


@cache
def _wait(evidence: Evidence, patience: Patience) -> float:
    return choose_wait(evidence, patience).seconds


RULES: Mapping[str, Rule] = {
    "LiveKit's default (v1-mini, 0.3 / 2.5 s)": livekit(),
    "LiveKit's vad (0.5 s)": vad(0.5),
    "offhook's vad before (0.3 s)": vad(0.3),
    "quick": graded(PRESETS["quick"]),
    "normal": graded(PRESETS["normal"]),
    "patient": graded(PRESETS["patient"]),
    "dictation": graded(PRESETS["dictation"]),
    "normal without detector (offline)": graded(PRESETS["normal"], _OFFLINE),
}
"""The rows of the table for recordings."""

PARTS: Mapping[str, Rule] = {
    "normal": graded(PRESETS["normal"]),
    "without the words": graded(PRESETS["normal"], Parts(words=False)),
    "without the second answer": graded(PRESETS["normal"], Parts(second=False)),
    "without both": graded(PRESETS["normal"], Parts(second=False, words=False)),
    "the words alone": graded(PRESETS["normal"], _OFFLINE),
    "nothing (one wait)": graded(PRESETS["normal"], _NOTHING),
}
"""The preset `normal` with all or only some of its inputs. The figures of these rules show what each input adds."""

OFFLINE: Mapping[str, Rule] = {
    "LiveKit's vad (0.5 s)": vad(0.5),
    "quick": graded(PRESETS["quick"], _OFFLINE),
    "normal": graded(PRESETS["normal"], _OFFLINE),
    "patient": graded(PRESETS["patient"], _OFFLINE),
}
"""The rows of the table for rules without an end-of-turn detector."""

OFFLINE_PARTS: Mapping[str, Rule] = {
    "normal": graded(PRESETS["normal"], _OFFLINE),
    "without the words": graded(PRESETS["normal"], replace(_OFFLINE, words=False)),
    "without the question": graded(PRESETS["normal"], replace(_OFFLINE, question=False)),
    "nothing (one wait)": graded(PRESETS["normal"], _NOTHING),
}
"""The preset `normal` without an end-of-turn detector, and with all or only some of the other inputs."""


_FACTORS = (0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 1.0, 1.05, 1.1, 1.15, 1.2, 1.3, 1.45, 1.6, 2.0, 2.6, 3.4)
"""Each point of offhook's curve has its own longest wait, which is a multiple of the longest wait of `normal`. These
are the factors.
"""


def _stretched(factor: float) -> Patience:
    normal = PRESETS["normal"]
    return replace(normal, longest=max(normal.longest * factor, normal.shortest))


CURVE: Mapping[str, Sequence[Rule]] = {
    "LiveKit, v1-mini": [livekit(0.3, longest) for longest in (0.3, 0.5, 0.7, 1.0, 1.3, 1.6, 2.0, 2.5, 3.0)],
    "vad": [vad(wait) for wait in (0.3, 0.4, 0.5, 0.6, 0.7, 0.85, 1.0, 1.2, 1.5, 2.0)],
    "offhook": [graded(_stretched(factor)) for factor in _FACTORS],
}
"""The lines of the chart. Each line is one rule with increasing waits."""

_STEPS = [_stretched(0.2 + step / 50) for step in range(120)]
OFFLINE_CURVE: Sequence[Rule] = [graded(patience, _OFFLINE) for patience in _STEPS]
"""offhook's rule without an end-of-turn detector, with increasing patience."""
OFFLINE_PLAIN_CURVE: Sequence[Rule] = [graded(patience, replace(_OFFLINE, question=False)) for patience in _STEPS]
"""The rules of `OFFLINE_CURVE`, but without the agent's question as an input."""
