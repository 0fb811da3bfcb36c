"""Reads from one run what `judge` compares: the caller's words, the lines, the sound and the requests to the model."""

import math
from collections.abc import Iterator, Sequence
from itertools import product

from offhook.testing.compare.model import SHORTENED, Request
from offhook.testing.compare.played import Line, Played, filler
from offhook.testing.compare.spec import CallSpec

__all__ = [
    "BACKCHANNEL",
    "SAME",
    "TRANSCRIBED",
    "began",
    "carried_words",
    "cut_ins",
    "end",
    "ended_unplayed",
    "last_words",
    "lost_alone",
    "lost_at_handoff",
    "pairs",
    "reached",
    "request",
    "results",
    "sounding",
    "spoken",
    "typed_into_last_line",
    "waited",
]

SAME = 0.05
"""A difference in time of at most this many seconds does not count."""
TRANSCRIBED = 0.5
"""Seconds from the end of words to their transcript. A line that begins between the end of the words and the transcript
can still be ended by these words.
"""
BACKCHANNEL = "mhm"
_TEXT = 0.3
"""The text of a line comes at most this many seconds after the beginning of its sound."""
_REST = 1.0
"""The rest of a line is short if it takes less than this many seconds."""


def spoken(played: Played) -> list[tuple[float, float, str]]:
    """Return the caller's words, without noises and backchannels."""
    return [one for one in played.caller if one[2] not in ("", BACKCHANNEL)]


def reached(spec: CallSpec, played: Played, text: str, *, answered: bool = False) -> bool:
    """True if a request to the model has this text in a message of the caller. Also true if the agent's hook got the
    text and may have stopped the turn.

    LiveKit joins words to one message if no answer comes between the words. With `answered`, a request does not count
    if its answer was never used, or if the caller's last message in it is a backchannel.
    """
    if spec.hook.kind == "stops" and any(text in words for _, words in played.turns):
        return True
    counted = (
        one for one in played.requests if not answered or (last_words(one) != BACKCHANNEL and _used(played, one))
    )
    return any(text in item for one in counted for item in one.items if item.startswith("user: "))


def lost_alone(spec: CallSpec, alone: Played, ours: Played, text: str) -> bool:
    """True if LiveKit alone lost these words of the caller."""
    return lost_at_handoff(alone, ours, text) or not reached(spec, alone, text)


def lost_at_handoff(alone: Played, ours: Played, text: str) -> bool:
    """True if a handoff dropped the turn with these words in both runs (`WordsCarried` in our run), so that with
    LiveKit alone no message of the caller has the words.

    LiveKit may have asked the model about the words before the handoff.
    """
    carried = any(text in words for _, _, words in carried_words(ours))
    said = (one.body for one in alone.records if one.name == "MessageCommitted")
    return carried and not any(one["role"] == "user" and text in str(one["text"]) for one in said)


def carried_words(played: Played) -> Iterator[tuple[float, float, Sequence[str]]]:
    """Yield the words that LiveKit dropped at each handoff: the time of the last complete turn before the handoff, the
    time of the handoff, and the final transcripts in between.
    """
    for handoff in (one for one in played.records if one.name == "WordsCarried"):
        before = [one for one in played.records if one.at <= handoff.at]
        since = max((one.at for one in before if one.name == "TurnCommitted"), default=-math.inf)
        heard = (one for one in before if one.name == "TranscriptReceived" and one.at > since)
        yield since, handoff.at, [str(one.body["text"]) for one in heard if one.body["final"]]


def _used(played: Played, request: Request) -> bool:
    """True if a line or a tool call follows the request, before the next request and before the caller's next words."""
    others = (*(one.at for one in played.requests), *(first for first, _, _ in spoken(played)))
    until = min((at for at in others if at > request.at), default=math.inf)
    return any(request.at <= at <= until + SAME for at in results(played))


def results(played: Played) -> list[float]:
    """Return the times of everything that a request to the model leads to: the lines and the tool calls.

    Fillers are left out, because they do not come from the model.
    """
    return [*(line.began for line in played.lines if not filler(line.text)), *(at for at, _ in played.tools)]


def last_words(request: Request) -> str:
    """Return the caller's last message in this request, as the caller said it; "" if there is none."""
    items = (item for item in reversed(request.items) if item.startswith("user: "))
    return next(items, "").removeprefix("user: ").removesuffix(SHORTENED)


def pairs(alone: Sequence[Line], ours: Sequence[Line]) -> Iterator[tuple[Line | None, Line | None]]:
    """Pair each line with a line of the other run: either the texts are equal, or one text is the beginning of the
    other.

    The lines that are closest in time are paired first. A line without a partner is paired with None.
    """
    same = (
        (left, right)
        for left, right in product(range(len(alone)), range(len(ours)))
        if alone[left].text.startswith(ours[right].text) or ours[right].text.startswith(alone[left].text)
    )
    pairs = dict[int, int]()
    for left, right in sorted(same, key=lambda pair: abs(alone[pair[0]].began - ours[pair[1]].began)):
        if left not in pairs and right not in pairs.values():
            pairs[left] = right
    for left, one in enumerate(alone):
        yield one, ours[pairs[left]] if left in pairs else None
    yield from ((None, other) for right, other in enumerate(ours) if right not in pairs.values())


def request(played: Played, line: Line) -> Request | None:
    """Return the last request to the model before this line."""
    return next((one for one in reversed(played.requests) if one.at <= line.began + SAME), None)


def end(played: Played, line: Line) -> float:
    """Return the end of the last sound of this line; for a line without sound, the beginning of the line."""
    following = min((one.began for one in played.lines if one.began > line.began), default=math.inf)
    return max([line.began, *(ended for began, ended in played.sound if began < following - _TEXT)])


def began(played: Played, line: Line, tail: float) -> float:
    """Return the time at which the caller heard the beginning of this line.

    After a line without audio, LiveKit 1.8.9 sends the text of a prepared answer only at the end of the answer's sound.
    In this case, return the beginning of the answer's sound.
    """
    before = [(start, ended) for start, ended in played.sound if start <= line.began]
    if before and before[-1][1] < line.began <= before[-1][1] + tail + SAME:
        return before[-1][0]
    return line.began


def waited(played: Played, at: float, patience: float) -> float:
    """Return the seconds from the caller's last words to this time; if there are no words, from the beginning of the
    call.

    A sound that begins at most `patience` seconds after the words belongs to the words, because the agent still waits
    for the end of the turn.
    """
    since = max((last for _, last, _ in spoken(played) if last <= at), default=0.0)
    for first, last, _ in sorted(played.caller):
        if since < last <= at and first <= since + patience:
            since = last
    return at - since


def ended_unplayed(played: Played, at: float) -> bool:
    """True if words that ended at `at` stopped an agent's speech before the speech was audible. Either the transcript
    of the words or the end of their turn can stop it.
    """
    ended = [one for one in played.records if one.name == "SpeechEnded"]
    by_words = [one.at - played.zero for one in ended if one.body["interrupted"] == "turn"]
    by_code = [one.at - played.zero for one in ended if one.body["interrupted"] == "code"]
    turns = [one.at - played.zero for one in played.records if one.name == "TurnCommitted"]
    with_turn = [time for time in by_code if any(abs(time - turn) <= SAME for turn in turns)]
    times = [time for time in by_words if at <= time <= at + TRANSCRIBED]
    times += [time for time in with_turn if at <= time <= at + 2 * TRANSCRIBED]
    return any(not any(start <= time <= done + SAME for start, done in played.sound) for time in times)


def typed_into_last_line(played: Played, text: str) -> bool:
    """True if this typed text ended the last line of an agent or a task, right before a handoff.

    LiveKit 1.8.9 sends a request to the model for such a text, but does not speak the answer.
    """
    typed = [last for first, last, words in played.caller if words == text and first == last]
    ended = (one for one in played.records if one.name == "SpeechEnded" and one.body.get("handoff"))
    times = [one.at - played.zero for one in ended if one.body.get("interrupted")]
    return any(abs(at - time) <= SAME for at in typed for time in times)


def sounding(played: Played, since: float, until: float, tail: float) -> float:
    """Return how many seconds of audio the agent plays between `since` and `until`.

    The silence at the end of a line (`tail`) counts as audio, unless words of the caller ended the line.
    """
    seconds = 0.0
    for began, ended in played.sound:
        cut = any(first <= ended + SAME and ended <= last + TRANSCRIBED for first, last, _ in spoken(played))
        seconds += max(0.0, min(ended + (0.0 if cut else tail), until) - max(began, since))
    return seconds


def cut_ins(alone: Played, ours: Played, until: float) -> Iterator[tuple[float, str]]:
    """Yield each case in which our agent begins to speak during the caller's words while LiveKit alone is silent: the
    time, and the words.

    If LiveKit no longer lets the caller interrupt a line (`PlayoutKept`), a short rest of this line does not count: the
    line has to end before the next agent or task can get the words.
    """
    kept = [one.at - ours.zero for one in ours.records if one.name == "PlayoutKept"]
    rests = [at for at, ended in ours.sound if ended - at < _REST and any(abs(at - time) <= SAME for time in kept)]
    for first, last, text in spoken(ours):
        began = [at for at, _ in ours.sound if first + SAME < at < last - SAME and at not in rests]
        if began and last < until and not sounding(alone, min(began) - SAME, last - SAME, 0.0):
            yield began[0], text
