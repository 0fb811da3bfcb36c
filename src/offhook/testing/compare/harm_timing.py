"""Finds differences that follow from times alone: our agent waits longer at the end of a turn, so the caller's next
words, or the end of a tool, come at an earlier stage of our agent's answer.
"""

from collections.abc import Iterator, Sequence

from offhook.core.patience import PRESETS
from offhook.testing.compare.harm_facts import SAME, began, last_words, sounding, spoken
from offhook.testing.compare.model import Request
from offhook.testing.compare.played import Line, Played

__all__ = ["LATEST", "answered_again", "ended_before_call", "said_before", "waits_behind_kept_words"]

LATEST = PRESETS["dictation"].longest
"""A line of our agent is late if the caller waits more than this many seconds longer for it than for the same line of
LiveKit alone. No endpointing preset waits longer.
"""


def answered_again(ours: Played, at: float) -> float:
    """Return the number of seconds before `at` in which the model worked on a second answer to the caller's last words.
    LiveKit had discarded the first, prepared answer, because a tool had ended.
    """
    since = max((last for _, last, _ in spoken(ours) if last <= at), default=0.0)
    for discarded in _discarded(ours):
        again = next((one for one in ours.requests if abs(one.at - discarded) <= SAME), None)
        if again is not None and since <= discarded <= at:
            return min(_thought(ours, again), at) - discarded
    return 0.0


def _discarded(ours: Played) -> Iterator[float]:
    """Yield each time at which LiveKit discarded a prepared answer because a tool had ended.

    LiveKit 1.8.9 prepares an answer before the turn is complete. If a tool ends meanwhile, the model has to get the
    tool's output, so LiveKit discards the prepared answer and makes another request.
    """
    ended = [one.at for one in ours.records if one.name == "ToolEnded"]
    prepared = (one for one in ours.records if one.name == "PreemptiveAnswer" and not one.body["early"])
    for one in prepared:
        since = one.at - float(str(one.body["seconds"]))
        if not one.body["used"] and any(since <= at <= one.at + SAME for at in ended):
            yield one.at - ours.zero


def _thought(played: Played, asked: Request) -> float:
    """Return the time at which the model's work on this request ended; without such work, the time of the request."""
    return max((last for first, last in played.busy if abs(first - asked.at) <= SAME), default=asked.at)


def said_before(alone: Played, ours: Played, one: Line, other: Line, tail: float) -> float:
    """Return how many seconds longer our agent spoke than the agent with LiveKit alone, in the time between the
    caller's last words and this line (`one` with LiveKit alone, `other` with offhook).
    """
    since = max((last for _, last, _ in spoken(alone) if last <= one.began), default=0.0)
    longer = sounding(ours, since, began(ours, other, tail), tail) - sounding(alone, since, one.began, tail)
    return max(0.0, longer)


def ended_before_call(alone: Played, ours: Played, at: float) -> bool:
    """True if the caller's words ended our agent's answer before the model called a tool. LiveKit alone called this
    tool at the time `at`; the words came at most `LATEST` seconds later.
    """
    asked = next((one for one in reversed(alone.requests) if one.at <= at + SAME), None)
    words = (one.at - ours.zero for one in ours.records if one.body.get("interrupted") == "turn")
    ended = [time for time in words if at - SAME <= time <= at + LATEST]
    answers = (one for one in ours.requests if asked is not None and last_words(one) == last_words(asked))
    return any(abs(_thought(ours, one) - time) <= SAME for one in answers for time in ended)


def waits_behind_kept_words(ours: Played, line: Line, kept: Sequence[str], until: float) -> bool:
    """True if, when the comparison ends, our agent still prepares or says its answer to words that LiveKit alone lost,
    and another speech waits behind this answer. Our agent created that speech at most `LATEST` seconds before or after
    LiveKit alone began this line.
    """
    waiting = _open_speeches(ours, until)
    words = [one for one in ours.records if one.name == "MessageCommitted" and one.body["role"] == "user"]
    answers = [
        created
        for created in waiting
        for one in words
        if abs(one.at - ours.zero - created) <= SAME and any(text in str(one.body["text"]) for text in kept)
    ]
    behind = any(answer < created and abs(created - line.began) <= LATEST for answer in answers for created in waiting)
    return behind and any(first <= until <= last + SAME for first, last in (*ours.sound, *ours.busy))


def _open_speeches(played: Played, at: float) -> list[float]:
    """Return the creation times of the speeches that are not over at this time."""
    speeches = dict[object, float]()
    for one in played.records:
        time = one.at - played.zero
        if one.name == "SpeechCreated" and time < at:
            speeches[one.body["id"]] = time
        elif one.name == "SpeechEnded" and time < at:
            speeches.pop(one.body["id"], None)
    return list(speeches.values())
