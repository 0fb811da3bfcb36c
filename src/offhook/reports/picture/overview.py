"""Draws the top of the picture: the call, its figures, its end, and for a long call an overview in one line. Also draws
the legend, which is below the rows.
"""

import statistics
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from offhook.core.record import Record
from offhook.reports.picture.rows import COLORS, SILENCE, Content
from offhook.reports.picture.scale import LEFT, PLOT, WIDTH
from offhook.reports.svg import Color, band, line, text
from offhook.reports.voices import Speech

__all__ = ["HEIGHT", "draw_head", "draw_legend", "draw_overview"]

HEIGHT = 96.0
FAILED = frozenset({"error", "media_lost", "limit", "rejected"})


def draw_head(records: Sequence[Record], content: Content) -> Iterator[str]:
    """Draw the id of the call, the caller, the start time, the figures, and why the call ended."""
    began = datetime.fromtimestamp(records[0].at, UTC)
    yield text(20, 34, f"Call {records[0].call}", weight=700, size=17)
    yield text(20, 56, f"{_caller(records)} · {began:%Y-%m-%d %H:%M:%S} UTC", color="dim", size=12.5)
    reason, words = _end(records)
    color: Color = "red" if reason in FAILED else "amber" if reason in ("silence", "") else "green"
    yield text(WIDTH - 24, 34, f"ended: {reason}" if reason else "no end in the journal", weight=700, size=15,
               color=color, anchor="end")  # fmt: skip
    yield text(WIDTH - 24, 56, words[:110], color="dim", size=12.5, anchor="end")
    yield text(20, 80, " · ".join(_figures(content)), size=12.5)


def _caller(records: Sequence[Record]) -> str:
    found = next((one.body for one in records if one.name == "CallerFound"), {})
    return str(found.get("number") or found.get("name") or found.get("identity") or "nobody")


def _end(records: Sequence[Record]) -> tuple[str, str]:
    ended = next((one.body for one in reversed(records) if one.name == "Ended"), {})
    return str(ended.get("reason") or ""), str(ended.get("detail") or "")


def _figures(content: Content) -> Iterator[str]:
    length, voices = content.scale.length, content.voices
    minutes, seconds = divmod(round(length), 60)
    yield f"{minutes}:{seconds:02} min"
    for name, side in (("caller", voices.caller), ("agent", voices.agent)):
        spoken = sum(one.seconds for one in side if one.text)
        yield f"{name} speaks {spoken / max(length, 0.1):.0%}"
    silent = [one.end - one.start for one in voices.silences if one.end - one.start >= SILENCE]
    if silent:
        yield f"longest silence {max(silent):.1f} s"
    answers = [one.answered_in for one in voices.agent if one.answered_in is not None]
    if answers:
        yield f"answers begin after {statistics.median(answers):.1f} s (median), {max(answers):.1f} s (slowest)"
    for kind, word in (("tool", "tool call"), ("command", "command"), ("problem", "problem")):
        if count := sum(one.moment.kind == kind for one in content.labels):
            yield f"{count} {word}{'s' if count > 1 else ''}"


def draw_overview(content: Content, top: float) -> Iterator[str]:
    """Draw the whole call in one line, with a mark for each event. Below the line, draw the minute in which each row of
    the picture begins.
    """
    length, voices = content.scale.length, content.voices

    def x(time: float) -> float:
        return LEFT + PLOT * min(max(time / length, 0.0), 1.0)

    yield text(20, top + 26, "all", weight=600, size=12.5)
    for silence in voices.silences:
        if silence.end - silence.start >= SILENCE:
            yield band(x(silence.start), top + 6, x(silence.end) - x(silence.start), 32, color="amber", faint=True)
    sides: Sequence[tuple[Sequence[Speech], float, Color]] = ((voices.caller, 6, "cyan"), (voices.agent, 28, "green"))
    for side, down, color in sides:
        for one in side:
            if one.text:
                yield band(x(one.start), top + down, x(one.end) - x(one.start), 10, color=color)
    for label in content.labels:
        yield line(f"M{x(label.moment.start):.1f} {top + 17:g}v10", color=COLORS[label.moment.kind])
    for row in range(content.scale.rows):
        at = x(row * content.scale.seconds)
        yield line(f"M{at:.1f} {top + 42:g}v4", color="dim")
        yield text(at, top + 57, f"{row * content.scale.seconds / 60:g}", color="dim", anchor="middle", size=10.5)
    yield text(20, top + 57, "minutes", color="dim", size=10.5)


def draw_legend(y: float) -> Iterator[str]:
    """Draw the legend: each colour with its meaning."""
    x = float(LEFT)
    entries: Sequence[tuple[str, Color, bool]] = (
        ("caller speaks", "cyan", False),
        ("a sound", "cyan", True),
        ("agent speaks", "green", False),
        ("silence", "amber", True),
        ("tool", "violet", True),
        ("decision of offhook", "amber", False),
        ("command", "ink", False),
        ("problem", "red", False),
    )
    for words, color, faint in entries:
        yield band(x, y - 9, 14, 10, color=color, faint=faint)
        yield text(x + 19, y, words, color="dim", size=11)
        x += 34 + len(words) * 6.2
    yield text(
        WIDTH - 24, y, "number before an answer: seconds until the caller heard it", color="dim", size=11, anchor="end"
    )
