"""Chooses how long to wait at one silence of the caller, from the turn detector's probability and other evidence."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from offhook.core.patience import PRESETS, Patience
from offhook.policies.endpointing.question import Asked
from offhook.policies.endpointing.words import TranscriptEnd

__all__ = ["ASK_AGAIN", "Evidence", "Wait", "choose_wait", "combine", "in_english", "is_sure", "patience_for"]

ASK_AGAIN = 0.4
"""The detector is asked again after this many seconds of silence. The second answer is more reliable than the first. If
the caller speaks before that time, no second answer is needed.
"""
_FIRST = 0.3
"""The weight of the detector's first answer, if the detector has answered twice."""
_UNKNOWN = 0.5
"""The assumed probability if there is no detector, or if the detector gives no probability. With this probability, the
wait of the preset "normal" is 0.42 s.
"""
_WIDTH = 0.6
"""The width, in log-odds, of the curve on which the wait falls from the longest to the shortest. A smaller width makes
the curve steeper.
"""
_ODDS: dict[TranscriptEnd, float] = {
    "unknown": 0.0,
    "open": 0.0,
    "sentence": 0.5,
    "continues": -2.0,
    "filler": -2.0,
    "dictation": -1.5,
    "hold": 0.0,
}
"""For each kind of transcript end, the value that is added to the log-odds that the turn has ended."""
_WORDS: dict[TranscriptEnd, str] = {
    "sentence": "the sentence is complete",
    "continues": "more words must follow",
    "filler": "a filler word",
    "dictation": "the caller dictates",
    "hold": "the caller asks to wait",
}
_ANSWERED = 1.0
"""If the caller answers a yes-or-no question with yes or no, this value is added to the log-odds of an ended turn. In
dialogues between people, values from 1.1 to 1.5 were measured.
"""
_ENGLISH = 0.36
"""The turn detector's threshold for English. The presets were measured in English, so probabilities for other languages
are converted.
"""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known about the caller's turn at one silence. `probability` is the turn detector's probability that the
    turn has ended; None if the detector gave none. `ending` says how the transcript ends, for example with a filler.
    `answered`: the words answer a yes-or-no question. `asked` is what the agent asked last.
    """

    probability: float | None = None
    ending: TranscriptEnd = "unknown"
    answered: bool = False
    asked: Asked = "nothing"


@dataclass(frozen=True, slots=True)
class Wait:
    """The chosen wait in seconds after the caller's last sound, and the reasons."""

    seconds: float
    why: tuple[str, ...]


def patience_for(evidence: Evidence, name: str, patience: Patience) -> tuple[str, Patience]:
    """Return the name and the values of the patience for this turn. If the agent asked for dictation, for example of an
    address, each value is at least that of the preset "dictation".
    """
    if evidence.asked != "dictation":
        return name, patience
    dictation = PRESETS["dictation"]
    more = Patience(
        shortest=max(patience.shortest, dictation.shortest),
        longest=max(patience.longest, dictation.longest),
        middle=max(patience.middle, dictation.middle),
        sure=max(patience.sure, dictation.sure),
        hold=max(patience.hold, dictation.hold),
    )
    return "dictation", more


def choose_wait(evidence: Evidence, patience: Patience) -> Wait:
    """Return the wait for this silence. The wait is longer with more patience, and with less certainty that the turn
    has ended.
    """
    if evidence.ending == "hold":
        return Wait(max(patience.hold, patience.longest), (_WORDS["hold"],))
    why = tuple(_reasons(evidence))
    if is_sure(evidence, patience):
        return Wait(patience.shortest, why)
    left = 1 / (1 + math.exp((_odds(evidence) - _log_odds(patience.middle)) / _WIDTH))
    return Wait(round(patience.shortest + (patience.longest - patience.shortest) * left, 3), why)


def is_sure(evidence: Evidence, patience: Patience) -> bool:
    """True if the evidence makes the end of the turn so probable that the wait is the shortest one."""
    known = _probability(evidence) is not None or evidence.answered
    return known and evidence.ending != "hold" and _odds(evidence) >= _log_odds(patience.sure)


def combine(first: float | None, second: float | None) -> float | None:
    """Combine the detector's two answers into one probability."""
    if first is None or second is None:
        return first if second is None else second
    odds = _FIRST * _log_odds(first) + (1 - _FIRST) * _log_odds(second)
    return 1 / (1 + math.exp(-odds))


def in_english(probability: float | None, threshold: float | None) -> float | None:
    """Convert the detector's probability for another language to the English scale.

    A probability that equals the `threshold` of the other language becomes the English threshold. Without a threshold,
    return None, because the detector does not support the language.
    """
    if probability is None or threshold is None:
        return None
    if threshold == _ENGLISH or not 0 < threshold < 1:
        return probability
    kept = min(max(probability, 0.001), 0.999)
    odds = kept / (1 - kept) * (1 - threshold) / threshold * _ENGLISH / (1 - _ENGLISH)
    return odds / (1 + odds)


def _odds(evidence: Evidence) -> float:
    """Return the log-odds that the turn has ended."""
    probability = _probability(evidence)
    odds = _log_odds(_UNKNOWN if probability is None else probability)
    return odds + _ODDS[evidence.ending] + (_ANSWERED if evidence.answered else 0.0)


def _probability(evidence: Evidence) -> float | None:
    probability = evidence.probability
    return None if probability is None or math.isnan(probability) else probability


def _log_odds(probability: float) -> float:
    kept = min(max(probability, 0.01), 0.99)
    return math.log(kept / (1 - kept))


def _reasons(evidence: Evidence) -> Iterator[str]:
    probability = _probability(evidence)
    yield "no probability" if probability is None else f"probability {probability:.2f}"
    if evidence.ending in _WORDS:
        yield _WORDS[evidence.ending]
    if evidence.answered:
        yield "yes or no was answered"
