"""Draws one row of the picture: from top to bottom, the caller, the events, the agent and the time axis."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from offhook.reports.moments import Kind, State
from offhook.reports.picture.captions import LABEL_ROWS, LONGEST, Caption, Label
from offhook.reports.picture.scale import LEFT, PLOT, Scale
from offhook.reports.speaker_lanes import SilentSpan
from offhook.reports.svg import Color, band, line, text, titled
from offhook.reports.voices import Speech, Voices

__all__ = ["Content", "RowPlan", "draw_row", "plan_rows"]

BAR, TEXT, LABEL = 15, 14, 15
SILENCE = 2.0
"""Seconds; a shorter silence is not drawn."""
SLOW, VERY_SLOW = 2.0, 4.0
"""Seconds. An answer's latency is drawn in amber above the first value, and in red above the second value."""
COLORS: Mapping[Kind, Color] = {
    "tool": "violet",
    "command": "ink",
    "key": "cyan",
    "decision": "amber",
    "problem": "red",
    "call": "dim",
}


@dataclass(frozen=True, slots=True)
class Content:
    """Everything that the picture of a call shows."""

    scale: Scale
    voices: Voices
    states: Sequence[State]
    labels: Sequence[Label]
    caller: Sequence[Caption]
    agent: Sequence[Caption]


@dataclass(frozen=True, slots=True)
class RowPlan:
    """The parts of one row from top to bottom: caller's words, caller's bar, events, agent's bar, agent's words."""

    row: int
    top: float
    caller_lines: int
    levels: int
    agent_lines: int

    @property
    def caller_bar(self) -> float:
        return self.top + self.caller_lines * TEXT + 4

    @property
    def middle(self) -> float:
        return self.caller_bar + BAR + 5

    @property
    def agent_bar(self) -> float:
        return self.middle + max(self.levels, 1) * LABEL + 5

    @property
    def axis(self) -> float:
        return self.agent_bar + BAR + self.agent_lines * TEXT + 8

    @property
    def bottom(self) -> float:
        return self.axis + 34


def plan_rows(content: Content, top: float) -> list[RowPlan]:
    """Return the plan of each row. The height of a row depends on the words and events in the row."""
    plans: list[RowPlan] = []
    for row in range(content.scale.rows):
        lines = [max((len(one.lines) for one in side if one.row == row), default=0) for side in _sides(content)]
        levels = max((one.level + 1 for one in content.labels if one.row == row and one.level is not None), default=0)
        plans.append(RowPlan(row, top, lines[0], min(levels, LABEL_ROWS), lines[1]))
        top = plans[-1].bottom
    return plans


def _sides(content: Content) -> tuple[Sequence[Caption], Sequence[Caption]]:
    return content.caller, content.agent


def draw_row(plan: RowPlan, content: Content) -> Iterator[str]:
    """Draw everything of this row."""
    scale = content.scale
    end = scale.x(scale.length, plan.row)
    for name, y in (("caller", plan.caller_bar), ("agent", plan.agent_bar)):
        yield text(20, y + 12, name, weight=600, size=12.5)
        yield line(f"M{LEFT} {y + BAR / 2:g}H{end:.1f}")
    yield from _silences(plan, scale, content.voices.silences)
    yield from _states(plan, scale, content.states)
    yield from _bars(plan, scale, content.voices.caller, y=plan.caller_bar, color="cyan")
    yield from _bars(plan, scale, content.voices.agent, y=plan.agent_bar, color="green")
    yield from _latencies(plan, scale, content.voices.agent)
    yield from _captions(plan, content)
    for label in content.labels:
        if label.row == plan.row:
            yield from _event(plan, label, scale)
    yield from _axis(plan, scale)


def _silences(plan: RowPlan, scale: Scale, silences: Sequence[SilentSpan]) -> Iterator[str]:
    top, bottom = plan.caller_bar + BAR / 2, plan.agent_bar + BAR / 2
    for one in silences:
        for row, left, right in scale.pieces(one.start, min(one.end, scale.length)):
            if row == plan.row and one.end - one.start >= SILENCE:
                shape = band(left, top, right - left, bottom - top, color="amber", faint=True)
                yield titled(shape, f"{one.end - one.start:.1f} s of silence")


def _states(plan: RowPlan, scale: Scale, states: Sequence[State]) -> Iterator[str]:
    for one in states:
        y = plan.caller_bar if one.side == "caller" else plan.agent_bar
        color: Color = "red" if one.side == "caller" else "violet"
        for row, left, right in scale.pieces(one.start, one.end):
            if row == plan.row:
                shape = band(left, y - 2, right - left, BAR + 4, color=color, faint=True)
                yield titled(shape, f"{one.label} for {one.end - one.start:.1f} s")
                yield text(left + 4, y + 11, one.label, color=color, size=10)


def _bars(plan: RowPlan, scale: Scale, side: Sequence[Speech], *, y: float, color: Color) -> Iterator[str]:
    for one in side:
        for row, left, right in scale.pieces(one.start, one.end):
            if row != plan.row:
                continue
            words = f"{_clock(one.start)}, {one.seconds:.1f} s: {one.text or 'a sound without words'}"
            shape = band(left, y, right - left, BAR, color=color, faint=not one.text)
            yield titled(shape, words)
            if one.interrupted and scale.row(one.end) == row:
                yield titled(line(f"M{right:.1f} {y - 3:g}V{y + BAR + 3:g}", color="red"), "interrupted by the caller")


def _latencies(plan: RowPlan, scale: Scale, agent: Sequence[Speech]) -> Iterator[str]:
    """Draw a dashed line for the time that the caller waited for an answer, and the seconds beside the line."""
    for one in agent:
        if one.answered_in is None or scale.row(one.start) != plan.row:
            continue
        waited = one.answered_in
        color: Color = "red" if waited > VERY_SLOW else "amber" if waited > SLOW else "green"
        right, left = scale.x(one.start, plan.row), scale.x(one.start - waited, plan.row)
        y = plan.agent_bar + BAR / 2
        yield titled(line(f"M{left:.1f} {y:g}H{right:.1f}", color=color, dashed=True), f"answered in {waited:.2f} s")
        yield text(left - 3, plan.agent_bar + 11, f"{waited:.1f}", color=color, anchor="end", size=10.5, weight=600)


def _captions(plan: RowPlan, content: Content) -> Iterator[str]:
    for side, above in zip(_sides(content), (True, False), strict=True):
        for one in side:
            if one.row != plan.row:
                continue
            first = plan.caller_bar - 5 - TEXT * (len(one.lines) - 1) if above else plan.agent_bar + BAR + 12
            for number, words in enumerate(one.lines):
                yield text(one.x, first + TEXT * number, words, size=11)


def _event(plan: RowPlan, label: Label, scale: Scale) -> Iterator[str]:
    moment, color = label.moment, COLORS[label.moment.kind]
    y = plan.middle + LABEL * (label.level or 0)
    mark = line(f"M{label.x:.1f} {y - 3:g}V{y + 11:g}", color=color)
    for row, left, right in scale.pieces(moment.start, moment.end) if moment.end > moment.start else ():
        if row == plan.row:
            mark += band(left, y + 1, right - left, 11, color=color, faint=True)
    words = ""
    if label.level is not None:
        shown = moment.label if len(moment.label) <= LONGEST else moment.label[: LONGEST - 1] + "…"
        words = text(label.x - 5 if label.before else label.x + 5, y + 10, shown, color=color, size=11,
                     anchor="end" if label.before else "start")  # fmt: skip
    yield titled(mark + words, f"{_clock(moment.start)} {moment.detail}")


def _axis(plan: RowPlan, scale: Scale) -> Iterator[str]:
    begin = plan.row * scale.seconds
    until = min(begin + scale.seconds, scale.length)
    yield line(f"M{LEFT} {plan.axis:g}H{scale.x(until, plan.row):.1f}")
    count = int((until - begin) // scale.tick)
    for number in range(count + 1):
        x = scale.x(begin + number * scale.tick, plan.row)
        yield line(f"M{x:.1f} {plan.axis:g}v4", color="dim")
        if x < LEFT + PLOT - 4:
            yield text(x, plan.axis + 16, _clock(begin + number * scale.tick), color="dim", anchor="middle", size=10.5)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(max(seconds, 0) + 0.001), 60)
    return f"{minutes}:{rest:02}"
