"""Draws a chart of mean delays and shares of cut-ins. Each line in the chart is one rule with increasing waits."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bench.endpointing.figures import cut_ins
from bench.endpointing.judge import Rule, judge, score
from bench.endpointing.labels import Labelled
from offhook.reports.svg import Color, line, picture, text

__all__ = ["Mark", "draw", "mark"]

WIDTH, HEIGHT = 820, 490
LEFT, RIGHT, TOP, BOTTOM = 74.0, 786.0, 108.0, 416.0
SLOWEST = 1.4
"""The right end of the delay axis, in seconds."""
_COLORS: Mapping[str, Color] = {"LiveKit, v1-mini": "amber", "vad": "dim", "offhook": "cyan"}


@dataclass(frozen=True, slots=True)
class Mark:
    """One point in the chart: the mean delay of a rule in seconds, and the share of pauses where the rule cuts in."""

    delay: float
    cut_ins: float
    words: str = ""
    color: Color = "ink"


def mark(some: Sequence[Labelled], rule: Rule, words: str = "", color: Color = "ink") -> Mark:
    """Return the point in the chart for this rule: the mean delay and the share of cut-ins in `some` turns."""
    found = score(judge(some, rule))
    return Mark(found.mean, cut_ins(found), words, color)


def draw(curves: Mapping[str, Sequence[Mark]], marks: Sequence[Mark], title: str) -> str:
    """Return the chart as SVG text."""
    body = [
        text(24, 34, title, weight=700, size=17),
        text(
            24, 56, "Each line is one rule with more and more patience. Lower and further left is better.", color="dim"
        ),
        *_axes(),
    ]
    for name, points in curves.items():
        body += _curve(points, _COLORS.get(name, "ink"))
    body += [part for mark in marks for part in _mark(mark)]
    body += _legend(curves)
    return picture(title, WIDTH, HEIGHT, body)


def _x(delay: float) -> float:
    return LEFT + (RIGHT - LEFT) * min(delay, SLOWEST) / SLOWEST


def _y(cut_ins: float) -> float:
    return BOTTOM - (BOTTOM - TOP) * cut_ins


def _axes() -> Iterator[str]:
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        yield line(f"M{LEFT:g} {_y(share):.1f}H{RIGHT:g}", dashed=share > 0)
        yield text(LEFT - 8, _y(share) + 4, f"{share:.0%}", color="dim", anchor="end", size=12)
    for tenths in range(0, round(SLOWEST * 10) + 1, 2):
        yield text(_x(tenths / 10), BOTTOM + 20, f"{tenths / 10:.1f} s", color="dim", anchor="middle", size=12)
    yield text((LEFT + RIGHT) / 2, BOTTOM + 40, "mean delay at real ends", color="dim", anchor="middle", size=12.5)
    yield text(24, TOP - 18, "cut-ins at pauses in which the speaker goes on", color="dim", size=12.5)


def _curve(points: Sequence[Mark], color: Color) -> Iterator[str]:
    shown = [point for point in points if point.delay <= SLOWEST]
    path = "L".join(f"{_x(point.delay):.1f} {_y(point.cut_ins):.1f}" for point in shown)
    yield line(f"M{path}", color=color).replace('stroke-width="1.5"', 'stroke-width="2.5"')


def _mark(mark: Mark) -> Iterator[str]:
    x, y = _x(mark.delay), _y(mark.cut_ins)
    yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5.5" class="f-{mark.color} s-paper" stroke-width="1.5"/>'
    above = mark.color == "amber"
    place = (x + 10, y - 8) if above else (x - 10, y + 17)
    anchor = "start" if above else "end"
    yield text(*place, mark.words, color=mark.color, size=12.5, weight=600, anchor=anchor)


def _legend(curves: Mapping[str, Sequence[Mark]]) -> Iterator[str]:
    x = LEFT
    for name in curves:
        color = _COLORS.get(name, "ink")
        yield line(f"M{x:g} {HEIGHT - 17:g}h26", color=color).replace('stroke-width="1.5"', 'stroke-width="2.5"')
        yield text(x + 34, HEIGHT - 12, name, size=12.5)
        x += 60 + 8 * len(name)
