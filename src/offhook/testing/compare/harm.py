"""Compares two runs of a call: a served agent, and the same agent with LiveKit alone. Each difference is by design or
harm.

A served agent ("our agent") is one that offhook's `serve(plan)` runs. offhook chooses how long the agent waits at the
end of the caller's turn, and resumes a paused answer. Therefore lines and requests may come at other times than with
LiveKit alone. But these must be equal in both runs: the words that the model gets, the answers and the tool calls. The
number of requests must not be higher.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from offhook.testing.compare.differ import unexplained
from offhook.testing.compare.harm_ends import ended_by_design, resumed
from offhook.testing.compare.harm_facts import (
    BACKCHANNEL,
    SAME,
    TRANSCRIBED,
    began,
    cut_ins,
    end,
    ended_unplayed,
    last_words,
    lost_alone,
    pairs,
    reached,
    request,
    spoken,
    waited,
)
from offhook.testing.compare.harm_kinds import Design, Found, Harm
from offhook.testing.compare.harm_requests import more_requests
from offhook.testing.compare.harm_results import delivered_later, kept_result
from offhook.testing.compare.harm_timing import (
    LATEST,
    answered_again,
    ended_before_call,
    said_before,
    waits_behind_kept_words,
)
from offhook.testing.compare.harm_until import judged_until
from offhook.testing.compare.played import Line, Played, filler
from offhook.testing.compare.spec import CallSpec

__all__ = ["judge"]

_SETTLED = 4.0
"""The number of seconds at the end of a comparison in which an event may be missing in one run, because that run ends
before the event.
"""


def judge(spec: CallSpec, alone: Played, ours: Played) -> list[Found]:
    """Return all differences in order of time. If our run failed, return only its error."""
    if ours.error:
        return [Found("error", ours.seconds, ours.error)]
    both = _Both(spec, alone, ours, judged_until(spec, alone, ours))
    return sorted(both.found(), key=lambda one: one.at)


@dataclass(frozen=True, slots=True)
class _Both:
    """The two runs of one call. Events after `until` are not compared."""

    spec: CallSpec
    alone: Played
    ours: Played
    until: float

    def found(self) -> Iterator[Found]:
        kept = [one for one in self._words(self.ours) if lost_alone(self.spec, self.alone, self.ours, one[1])]
        yield from (Found("kept words", at, text) for at, text in kept)
        lost = (one for one in self._words(self.alone) if not reached(self.spec, self.ours, one[1]))
        yield from (Found("lost words", at, text) for at, text in lost)
        for one, other in pairs(self._lines(self.alone), self._lines(self.ours)):
            if one is not None and other is not None:
                yield from self._both_said(one, other)
            elif one is not None:
                yield from self._only_alone(one, kept)
            elif other is not None and not kept:
                yield from self._only_ours(other)
        yield from self._tools(kept=bool(kept))
        if more := more_requests(self.alone, self.ours, until=self.until, settled=self.until - _SETTLED):
            yield Found("more requests", self.until, more)
        yield from (Found("cut in", at, text) for at, text in cut_ins(self.alone, self.ours, self.until))
        resumed = (one for one in self.ours.records if one.name == "ResumePlayout")
        yield from (Found("paused and went on", one.at - self.ours.zero) for one in resumed)
        wrong = unexplained(self.spec, self.alone, self.ours)
        yield from (Found("intervention", one.at, one.ours) for one in wrong if one.at < self.until)

    def _words(self, played: Played) -> Iterator[tuple[float, str]]:
        """Yield the caller's words that reached the model, and the end of these words."""
        for _, ended, text in spoken(played):
            if ended < self.until - _SETTLED and reached(self.spec, played, text, answered=True):
                yield ended, text

    def _lines(self, played: Played) -> list[Line]:
        return [line for line in played.lines if line.began < self.until and not filler(line.text)]

    def _both_said(self, one: Line, other: Line) -> Iterator[Found]:
        more = len(other.text) - len(one.text)
        if more > 0:
            yield Found("spoke on", other.began, other.text)
        elif more < 0 and end(self.ours, other) + self.spec.voice.tail + SAME < self.until:
            stopped = self._words_into(other) or ended_by_design(self.alone, self.ours, one, other)
            kind: Design | Harm = "stopped sooner" if stopped else "interrupted"
            yield Found(kind, other.began, f"{other.text} | {one.text[len(other.text) :]}")
        tail = self.spec.voice.tail
        times = began(self.alone, one, tail), began(self.ours, other, tail)
        later = times[1] - times[0]
        if abs(later) > SAME:
            # Our agent may have waited where LiveKit alone answered. If the caller then said more words, the wait
            # counts from these words.
            more_wait = min(later, waited(self.ours, times[1], LATEST) - waited(self.alone, times[0], LATEST))
            less = said_before(self.alone, self.ours, one, other, tail) + answered_again(self.ours, times[1])
            late = more_wait - less > LATEST and not self._began_before(one, other)
            shift: Design | Harm = "late" if late else "answered later" if later > 0 else "answered earlier"
            yield Found(shift, other.began, f"{later:+.2f} s: {other.text}")

    def _began_before(self, one: Line, other: Line) -> bool:
        """True if our agent began this line no later than LiveKit alone, the caller's words ended the line, and our
        agent then said it again.
        """
        since = max((last for _, last, _ in spoken(self.ours) if last <= one.began), default=0.0)
        return any(
            since <= line.began <= one.began and other.text.startswith(line.text) and self._words_into(line)
            for line in self._lines(self.ours)
        )

    def _words_into(self, line: Line) -> bool:
        """True if the caller said words while our agent's line was played, or in the silence at the end of the line."""
        ended = resumed(self.ours, end(self.ours, line), self.spec.voice.tail) + self.spec.voice.tail + SAME
        return any(first <= ended and last >= line.began - TRANSCRIBED for first, last, _ in spoken(self.ours))

    def _only_alone(self, line: Line, kept: Sequence[tuple[float, str]]) -> Iterator[Found]:
        asked = request(self.alone, line)
        if asked is not None and (last_words(asked) == BACKCHANNEL or delivered_later(self.alone, self.ours, asked)):
            yield Found("spoke on", line.began, f"only alone: {line.text}")
        elif self._caller_spoke_first(line) or self._ended_unplayed(line, [at for at, _ in kept]):
            yield Found("caller spoke first", line.began, f"only alone: {line.text}")
        elif waits_behind_kept_words(self.ours, line, [text for _, text in kept], self.until):
            return
        elif line.began < self.until - _SETTLED:
            yield Found("another answer", line.began, f"only alone: {line.text}")

    def _caller_spoke_first(self, line: Line) -> bool:
        """True if the caller's words ended this line of LiveKit alone, and began while our agent was still preparing
        the answer. A backchannel counts only if it also ended our agent's answer before the answer was audible.

        The words must begin at most `LATEST` seconds after the beginning of the line, because our agent may wait that
        long before the answer. If LiveKit discarded our prepared answer, the words may begin later.
        """
        ended = self._stopped(line)
        return any(
            first - SAME <= ended <= last + TRANSCRIBED
            and first <= line.began + LATEST + answered_again(self.ours, first)
            and any(start - SAME <= first <= done + SAME for start, done in self.ours.busy)
            for first, last, text in self.ours.caller
            if text and (text != BACKCHANNEL or ended_unplayed(self.ours, last))
        )

    def _stopped(self, line: Line) -> float:
        """Return the end of the sound of this line of LiveKit alone; for a line without sound, the beginning of the
        line.
        """
        return min((ended for _, ended in self.alone.sound if ended >= line.began), default=line.began)

    def _ended_unplayed(self, line: Line, kept: Sequence[float]) -> bool:
        """True if the caller's words ended our agent's speech before the speech was audible.

        Only these words count:

        - words that LiveKit alone lost, and that ended before this line began
        - words that ended after this line began, and that began at most `LATEST` seconds after the line
        - words that ended right before this line began, and that also ended this line
        """
        before = [at for at in kept if at <= line.began <= at + LATEST]
        after = [last for first, last, _ in spoken(self.ours) if first - LATEST <= line.began <= last]
        ended = self._stopped(line)
        both = [last for _, last, _ in spoken(self.ours) if last <= line.began and ended <= last + 2 * TRANSCRIBED]
        return any(ended_unplayed(self.ours, at) for at in before + after + both)

    def _only_ours(self, line: Line) -> Iterator[Found]:
        asked = request(self.ours, line)
        if asked is not None and any(one.items[-1:] == asked.items[-1:] for one in self.alone.requests):
            # With LiveKit alone, this answer was interrupted before its first sound.
            yield Found("spoke on", line.began, f"only ours: {line.text}")
        elif asked is not None and kept_result(self.alone, self.ours, asked):
            yield Found("kept result", line.began, f"only ours: {line.text}")
        elif line.began < self.until - _SETTLED:
            yield Found("another answer", line.began, f"only ours: {line.text}")

    def _tools(self, *, kept: bool) -> Iterator[Found]:
        for name in dict.fromkeys(name for _, name in (*self.alone.tools, *self.ours.tools)):
            left, right = ([at for at, what in one.tools if what == name] for one in (self.alone, self.ours))
            missing = [at for at in left if not ended_before_call(self.alone, self.ours, at)]
            less = self._sooner(missing) > sum(at < self.until for at in right)
            more = self._sooner(right) > sum(at < self.until for at in left) and not kept
            if less or more:
                yield Found("another answer", min(left + right), f"{name} ran {len(right)} times, not {len(left)}")

    def _sooner(self, times: Sequence[float]) -> int:
        """Return how many of these events are not in the last seconds of the comparison."""
        return sum(at < self.until - _SETTLED for at in times)
