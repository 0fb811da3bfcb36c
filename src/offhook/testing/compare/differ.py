"""Finds the differences between two runs of one call: one with LiveKit alone, one with offhook."""

import math
from collections.abc import Sequence

from offhook.core.record import Record
from offhook.testing.compare.difference import Difference
from offhook.testing.compare.excuse import due, excused, no_match, unanswered
from offhook.testing.compare.played import Line, Played, filler
from offhook.testing.compare.spec import CallSpec

__all__ = ["LADDER", "WATCH", "compared_until", "differences", "interventions", "unexplained"]

WATCH = "answer"
"""The name, in the journal, of the policy that acts on dead air."""
LADDER = "silence"
"""The name, in the journal, of the policy that runs silence ladders."""
_ONSET = 0.05
_AT_THE_CUT = 0.1
_SILENCE = 5.0
_END = 1.0
"""This many seconds at the end of a call are not compared, because a sound that begins in these seconds is cut off."""


def differences(spec: CallSpec, alone: Played, ours: Played) -> list[Difference]:
    """Return the differences that have no valid reason, sorted by time."""
    found = [*unexplained(spec, alone, ours), *_errors(alone, ours)]
    until = compared_until(spec, alone, ours)
    found += [
        Difference("intervention", began, "", "a sound on a track other than the session's, without a reason")
        for began, _ in ours.beside
        if not (excused(spec, ours, began) or unanswered(spec, alone, began)) and began < until - 0.1
    ]
    found += _rows("requests", _requests(alone), _requests(ours), until=until, timed=False)
    found += _rows("tools", alone.tools, ours.tools, until=until, timed=False)
    found += _rows("lines", *_cut_alike(_lines(alone, ours), _lines(ours, alone)), until=until)
    sounds = ([(began, "sound") for began, _ in one.sound] for one in (alone, ours))
    found += _rows("sound", *sounds, until=until)
    found += _ending(alone, ours, until)
    found += _silent_after_fault(spec, alone, ours)
    return sorted(found, key=lambda one: one.at)


def compared_until(spec: CallSpec, alone: Played, ours: Played) -> float:
    """Return the time at which the comparison stops.

    This is the earliest of three times: the first step of a silence ladder, the first reaction to a fault, and 1 s
    before the end. The end is the end of the shorter run, or the close of the session in the run with LiveKit alone if
    that is earlier.
    """
    end = min(alone.seconds, ours.seconds, _closed_at(alone)) - _END
    return min(_ladder_at(ours), _abandoned_at(spec, alone, ours), end)


def interventions(ours: Played) -> list[Record]:
    """Return the decisions of the dead-air policy."""
    return [record for record in ours.records if record.kind == "decision" and record.by == WATCH]


def _errors(alone: Played, ours: Played) -> list[Difference]:
    at = min(alone.seconds, ours.seconds)
    return [Difference("error", at, alone.error[:300], ours.error[:300])] if alone.error != ours.error else []


def unexplained(spec: CallSpec, alone: Played, ours: Played) -> list[Difference]:
    """Return a difference for each decision of the dead-air policy that no fault or delay explains."""
    found, tags = [], set()
    for record in interventions(ours):
        at, body = _at(ours, record), record.body
        tag = str(body.get("tag", ""))
        if record.name == "StopLine" and tag in tags:
            continue
        if record.name == "Say" and filler(str(body.get("text"))) and excused(spec, ours, at):
            tags.add(tag)
            continue
        if due(ours, at, no_match(record)) or unanswered(spec, alone, at):
            tags.add(tag)
            continue
        why = str(body.get("why", ""))
        found.append(Difference("intervention", at, "", f"{record.name} {tag} {body.get('text', '')} ({why})"))
    return found


def _abandoned_at(spec: CallSpec, alone: Played, ours: Played) -> float:
    """Return the time of the first decision that reacts to a real fault; infinity without such a decision."""
    return min(
        (
            _at(ours, record)
            for record in interventions(ours)
            if record.name != "StopLine"
            and not filler(str(record.body.get("text", "")) or "-")
            and (due(ours, _at(ours, record), no_match(record)) or unanswered(spec, alone, _at(ours, record)))
        ),
        default=math.inf,
    )


def _ladder_at(ours: Played) -> float:
    """Return the time of the first step of a silence ladder; infinity without a step."""
    steps = [one for one in ours.records if one.kind == "decision" and one.by == LADDER and one.name in ("Say", "Ask")]
    return min((_at(ours, one) for one in steps), default=math.inf)


def _at(ours: Played, record: Record) -> float:
    return round(record.at - ours.zero, 3)


_Row = tuple[float, str]


def _rows(
    kind: str, alone: Sequence[_Row], ours: Sequence[_Row], *, until: float, timed: bool = True
) -> list[Difference]:
    """Return a list with one difference, for the first row that differs, or an empty list. Rows after `until` are
    ignored.
    """
    left, right = ([row for row in rows if row[0] < until - _ONSET] for rows in (alone, ours))
    for index in range(max(len(left), len(right))):
        one = left[index] if index < len(left) else None
        other = right[index] if index < len(right) else None
        if one and other and one[1] == other[1] and (not timed or abs(one[0] - other[0]) <= _ONSET):
            continue
        at = min(row[0] for row in (one, other) if row)
        if at >= until - 0.4:
            return []
        return [Difference(kind, at, _row_text(one), _row_text(other))]
    return []


def _row_text(row: _Row | None) -> str:
    return "" if row is None else f"{row[0]:.2f} {row[1]}"


def _requests(played: Played) -> list[_Row]:
    return [
        (one.at, f"tools={','.join(one.tools)} choice={one.choice}: {' / '.join(one.items)}") for one in played.requests
    ]


def _lines(played: Played, other: Played) -> list[_Row]:
    """Return the lines that are not fillers. If only this run has a line that begins in the last 0.1 s of a sound, omit
    this line, because only some runs record such lines.
    """
    cuts = [(ended - _AT_THE_CUT, ended) for _, ended in played.sound]
    return [
        (line.began, line.text)
        for line in played.lines
        if not filler(line.text) and (_has(other, line) or not any(first <= line.began <= last for first, last in cuts))
    ]


def _has(other: Played, line: Line) -> bool:
    """True if the other run has the same line at the same time."""
    return any(one.text == line.text and abs(one.began - line.began) <= _ONSET for one in other.lines)


def _cut_alike(alone: list[_Row], ours: list[_Row]) -> tuple[list[_Row], list[_Row]]:
    """If the last line of one run is the beginning of the last line of the other run, make both lines equal, because
    the end of the call may cut the line off.
    """
    if alone and len(alone) == len(ours):
        one, other = alone[-1][1], ours[-1][1]
        if one.startswith(other) or other.startswith(one):
            ours = [*ours[:-1], (ours[-1][0], one)]
    return alone, ours


def _ending(alone: Played, ours: Played, until: float) -> list[Difference]:
    """Return a difference if the calls end at different times, unless offhook hangs up because the session closed."""
    at = min(alone.seconds, ours.seconds)
    if (
        until < at - _END
        or abs(alone.seconds - ours.seconds) <= _ONSET
        or _closed_at(alone) - _END < ours.seconds < _closed_at(alone) + 3
    ):
        return []
    ends = [f"{one.reason} after {one.seconds:g} s" for one in (alone, ours)]
    return [Difference("ending", at, *ends)]


def _closed_at(played: Played) -> float:
    """Return when the session closed without an error, else infinity. When the session closes, offhook hangs up, and
    LiveKit alone does not.
    """
    closed = (one for one in played.records if one.name == "SessionClosed" and one.body.get("reason") != "error")
    return min((_at(played, one) for one in closed), default=math.inf)


def _silent_after_fault(spec: CallSpec, alone: Played, ours: Played) -> list[Difference]:
    """Return a difference if both the agent and the caller are silent for 5 s after offhook's first reaction to a
    fault.
    """
    at = _abandoned_at(spec, alone, ours)
    if math.isinf(at):
        return []
    heard = [began for began, ended in (*ours.sound, *ours.beside) if ended >= at]
    heard += [began for began, _, text in ours.caller if text and began >= at]
    if min(heard, default=math.inf) <= at + _SILENCE or ours.seconds <= at + _SILENCE:
        return []
    return [Difference("silence", at, "", f"no sound for {_SILENCE:g} s after the hung code was abandoned")]
