"""Classifies the end of a transcript: whether more words will probably follow. Only English words are classified; the
punctuation may be of any language.
"""

import re
from typing import Literal

__all__ = ["TranscriptEnd", "affirms_or_denies", "transcript_end"]

TranscriptEnd = Literal["unknown", "sentence", "open", "continues", "filler", "dictation", "hold"]
"""How a transcript ends.

`unknown`: no words. `sentence`: with a full stop, a question mark or an exclamation mark. `open`: with any other word.
`continues`: with a comma, colon, dash or ellipsis, or with a word that needs more words ("because", "my"). `filler`:
with a word such as "um". `dictation`: with digits, number words or single letters. `hold`: with words such as "hold on"
or "let me check".
"""


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_CONTINUES = _set(
    "a about along an and are as at be because between but by for from he'll he's i'd i'll i'm i've if in into is "
    "it'll it's just like maybe my of on or our she'll she's since slightly so than the their then they'd they'll "
    "they're they've this to toward towards unless until very was we'd we'll we're we've were when where whether which "
    "while who with you'd you'll you're you've your"
)
_FILLERS = _set("eh ehm er erm hm hmm uh uhm um umm")
_NUMBERS = _set(
    "zero oh one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand double "
    "triple dash dot slash underscore"
)
_ANSWERS = _set(
    "yes yeah yep yup no nope nah sure correct right okay ok fine absolutely exactly please thanks thank you it "
    "is not that's of course"
)
_HOLD = re.compile(
    r"\b(hold on|hang on|bear with me|wait( a (minute|moment|second|sec))?"
    r"|(just |give me )?(a|one) (minute|moment|second|sec)|let me (check|find|get|grab|look|see|think))\W*$"
)
_WORD = re.compile(r"[^\W_](?:[\w'.-]*[^\W_])?")
_CLOSERS = "\"'\u201d\u2019)] "
_DICTATED = 2
"""This many digits, number words or letters in a row count as dictation. A single "I" or "one" is not enough, because
it may be a plain word.
"""
_SHORT = 4


def transcript_end(text: str) -> TranscriptEnd:
    """Return how the transcript ends. A filler, a number or "hold on" at the end determines the result, whatever
    punctuation follows. A word that needs more words determines the result even if a full stop follows.
    """
    lowered = text.lower().replace("\u2019", "'").strip()
    words = _WORD.findall(lowered)
    if not words:
        return "unknown"
    if _HOLD.search(lowered):
        return "hold"
    if words[-1] in _FILLERS:
        return "filler"
    if _dictates(words):
        return "dictation"
    ending = lowered.rstrip(_CLOSERS)[-1]
    if ending in ",;:-\u2013\u2014\u2026" or lowered.endswith("..."):
        return "continues"
    if ending in "?!\uff1f\uff01":
        return "sentence"
    if words[-1] in _CONTINUES:
        return "continues"
    return "sentence" if ending in ".\u3002" else "open"


def affirms_or_denies(text: str) -> bool:
    """True for a short answer to a yes-or-no question."""
    words = _WORD.findall(text.lower().replace("\u2019", "'"))
    return 0 < len(words) <= _SHORT and all(word in _ANSWERS for word in words)


def _dictates(words: list[str]) -> bool:
    last = words[-_DICTATED:]
    if len(words[-1]) > 2 and words[-1][0].isdigit() and words[-1].strip(".-").replace("-", "").isdigit():
        return True
    return len(last) == _DICTATED and all(_symbol(word) for word in last)


def _symbol(word: str) -> bool:
    return word in _NUMBERS or word.replace("-", "").isdigit() or len(word) == 1
