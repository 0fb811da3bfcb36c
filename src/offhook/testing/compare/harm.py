"""Judges a call of a served agent against the same call with LiveKit alone: what is by design, and what is harm.

A served agent chooses its waits, pauses at a sound and goes on, so lines and requests may be at other times. The words
that reach the model, the answers, the tools and the number of requests must be the same.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from offhook.core.patience import PRESETS
from offhook.testing.compare.differ import compared_until, unexplained
from offhook.testing.compare.excuse import filler
from offhook.testing.compare.model import Request
from offhook.testing.compare.played import Line, Played
from offhook.testing.compare.spec import CallSpec

__all__ = ["Design", "Found", "Harm", "judge"]

Design = Literal["answered earlier", "answered later", "paused and went on", "stopped sooner", "spoke on", "kept words"]
"""`stopped sooner`: words of the caller ended a line sooner. `spoke on`: LiveKit alone said less of an answer,
or answered a backchannel. `kept words`: LiveKit alone loses words of the caller.
"""
Harm = Literal[
    "lost words", "another answer", "interrupted", "late", "cut in", "more requests", "intervention", "error"
]
_SAME = 0.05
"""A difference in time up to this many seconds is none."""
_SETTLED = 4.0
"""What begins in the last seconds of a comparison may be missing in one run, because the call ends before it."""
_LATEST = PRESETS["dictation"].longest
"""A line that is later by more seconds is late: after a question for a number, the wait is that of `dictation`."""
_TRANSCRIBED = 0.5
"""Words may end a line that began up to this many seconds after them, because their transcript comes later."""
_BACKCHANNEL = "mhm"


@dataclass(frozen=True, slots=True)
class Found:
    """One difference; `at` is in seconds into the call."""

    kind: Design | Harm
    at: float
    what: str = ""

    @property
    def harm(self) -> bool:
        return self.kind in get_args(Harm)


def judge(spec: CallSpec, alone: Played, ours: Played) -> list[Found]:
    """Return all differences in the order of the call."""
    if ours.error:
        return [Found("error", ours.seconds, ours.error)]
    both = _Both(spec, alone, ours, compared_until(spec, alone, ours))
    return sorted(both.found(), key=lambda one: one.at)


@dataclass(frozen=True, slots=True)
class _Both:
    """The two runs of one call. What is after `until` is not compared."""

    spec: CallSpec
    alone: Played
    ours: Played
    until: float

    def found(self) -> Iterator[Found]:
        kept = list(self._words(self.ours, self.alone))
        yield from (Found("kept words", at, text) for at, text in kept)
        yield from (Found("lost words", at, text) for at, text in self._words(self.alone, self.ours))
        for one, other in _pairs(self._lines(self.alone), self._lines(self.ours)):
            if one is not None and other is not None:
                yield from self._both_said(one, other)
            elif one is not None:
                yield from self._only_alone(one)
            elif other is not None and not kept:
                yield from self._only_ours(other)
        yield from self._tools(kept=bool(kept))
        yield from self._requests(kept=len(kept))
        yield from self._cut_ins()
        resumed = (one for one in self.ours.records if one.name == "ResumePlayout")
        yield from (Found("paused and went on", one.at - self.ours.zero) for one in resumed)
        wrong = unexplained(self.spec, self.alone, self.ours)
        yield from (Found("intervention", one.at, one.ours) for one in wrong if one.at < self.until)

    def _words(self, one: Played, other: Played) -> Iterator[tuple[float, str]]:
        """Yield the words of the caller that reached the model in `one` only. A hook may keep words from the model."""
        if self.spec.hook.kind == "stops":
            return
        heard, also = _heard(one), _heard(other)
        for _, ended, text in _spoken(one):
            if ended < self.until - _SETTLED and text in heard and text not in also:
                yield ended, text

    def _lines(self, played: Played) -> list[Line]:
        return [line for line in played.lines if line.began < self.until and not filler(line.text)]

    def _both_said(self, one: Line, other: Line) -> Iterator[Found]:
        more = len(other.text) - len(one.text)
        if more > 0:
            yield Found("spoke on", other.began, other.text)
        elif more < 0 and _end(self.ours, other) + self.spec.voice.tail + _SAME < self.until:
            kind: Design | Harm = "stopped sooner" if self._words_into(other) else "interrupted"
            yield Found(kind, other.began, f"{other.text} | {one.text[len(other.text) :]}")
        later = other.began - one.began
        if abs(later) > _SAME:
            shift: Design | Harm = "late" if later > _LATEST else "answered later" if later > 0 else "answered earlier"
            yield Found(shift, other.began, f"{later:+.2f} s: {other.text}")

    def _words_into(self, line: Line) -> bool:
        """True if the caller said words while we played this line, or in the silence at its end."""
        ended = _end(self.ours, line) + self.spec.voice.tail + _SAME
        return any(first <= ended and last >= line.began - _TRANSCRIBED for first, last, _ in _spoken(self.ours))

    def _only_alone(self, line: Line) -> Iterator[Found]:
        asked = _request(self.alone, line)
        if asked is not None and asked.items[-1:] == (f"user: {_BACKCHANNEL}",):
            yield Found("spoke on", line.began, f"only alone: {line.text}")
        elif line.began < self.until - _SETTLED:
            yield Found("another answer", line.began, f"only alone: {line.text}")

    def _only_ours(self, line: Line) -> Iterator[Found]:
        asked = _request(self.ours, line)
        if asked is not None and any(one.items[-1:] == asked.items[-1:] for one in self.alone.requests):
            yield Found("spoke on", line.began, f"only ours: {line.text}")  # alone, the answer was cut off unheard
        elif line.began < self.until - _SETTLED:
            yield Found("another answer", line.began, f"only ours: {line.text}")

    def _tools(self, *, kept: bool) -> Iterator[Found]:
        left, right = ([name for _, name in one.tools] for one in (self.alone, self.ours))
        for name in dict.fromkeys(left + right):
            began = min(at for at, what in (*self.alone.tools, *self.ours.tools) if what == name)
            more = right.count(name) - left.count(name)
            if (more < 0 or (more > 0 and not kept)) and began < self.until - _SETTLED:
                yield Found("another answer", began, f"{name} ran {right.count(name)} times, not {left.count(name)}")

    def _requests(self, *, kept: int) -> Iterator[Found]:
        """Find more requests. A request of ours may be earlier than the same request of LiveKit alone."""
        count = sum(request.at < self.until - _SETTLED for request in self.ours.requests)
        alone = sum(request.at < self.until for request in self.alone.requests)
        if count > alone + kept:
            yield Found("more requests", self.until, f"{count}, not {alone}")

    def _cut_ins(self) -> Iterator[Found]:
        """Find the words of the caller into which only our agent begins to speak."""
        for first, last, text in _spoken(self.ours):
            began = [
                [at for at, _ in one.sound if first + _SAME < at < last - _SAME] for one in (self.alone, self.ours)
            ]
            if began[1] and not began[0] and last < self.until:
                yield Found("cut in", began[1][0], text)


def _spoken(played: Played) -> list[tuple[float, float, str]]:
    """Return the caller's words, without noises and backchannels."""
    return [one for one in played.caller if one[2] not in ("", _BACKCHANNEL)]


def _heard(played: Played) -> set[str]:
    """Return the messages of the caller in the requests to the model."""
    items = (item for request in played.requests for item in request.items if item.startswith("user: "))
    return {item.removeprefix("user: ").removesuffix(" (in short)") for item in items}


def _pairs(alone: Sequence[Line], ours: Sequence[Line]) -> Iterator[tuple[Line | None, Line | None]]:
    """Pair the lines of both runs. One line of a pair may be cut."""
    left = list(ours)
    for one in alone:
        same = (other for other in left if one.text.startswith(other.text) or other.text.startswith(one.text))
        found = min(same, key=lambda other: abs(other.began - one.began), default=None)
        if found is not None:
            left.remove(found)
        yield one, found
    yield from ((None, other) for other in left)


def _request(played: Played, line: Line) -> Request | None:
    """Return the last request before this line."""
    return next((one for one in reversed(played.requests) if one.at <= line.began + _SAME), None)


def _end(played: Played, line: Line) -> float:
    """Return the end of the last sound of this line."""
    following = min((one.began for one in played.lines if one.began > line.began), default=math.inf)
    return max((ended for began, ended in played.sound if began < following), default=line.began)
