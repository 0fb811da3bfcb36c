"""Finds places for the texts in the picture, so that no text covers another text."""

from collections.abc import Sequence
from dataclasses import dataclass

from offhook.reports.moments import Moment
from offhook.reports.picture.scale import LEFT, LETTER, PLOT, Scale, fit
from offhook.reports.voices import Speech

__all__ = ["Caption", "Label", "captions", "labels"]

GAP = 8.0
CRAMPED = 110.0
"""If a caption would have less room than this many pixels, the caption may begin further left."""
LINES = 3
LABEL_ROWS = 3
LONGEST = 44


@dataclass(frozen=True, slots=True)
class Caption:
    """The words of one speech in one row of the picture."""

    row: int
    x: float
    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class Label:
    """The label of an event. `level` says in which line below the caller's bar the text is; None if there is no room
    for the text.
    """

    moment: Moment
    row: int
    x: float
    level: int | None
    before: bool = False


def captions(side: Sequence[Speech], scale: Scale) -> list[Caption]:
    """Return a caption for each speech with words. A caption ends where the next caption in the same row begins."""
    spoken = [one for one in side if one.text]
    placed: list[Caption] = []
    free: dict[int, float] = {}
    for at, speech in enumerate(spoken):
        row = _row(speech, scale)
        x = scale.x(speech.start, row)
        following = spoken[at + 1] if at + 1 < len(spoken) else None
        next_row = _row(following, scale) if following else -1
        right = scale.x(following.start, row) if following and next_row == row else LEFT + PLOT
        x = max(free.get(row, LEFT), min(x, right - CRAMPED))
        lines = fit(f"“{speech.text}”", right - GAP - x, LINES)
        if lines:
            placed.append(Caption(row, x, lines))
            free[row] = x + max(map(len, lines)) * LETTER + GAP
    return placed


def _row(speech: Speech, scale: Scale) -> int:
    """Return the row in which the speech starts, or the next row if the next row shows more of the speech."""
    row = scale.row(speech.start)
    boundary = (row + 1) * scale.seconds
    return scale.row(boundary) if speech.end - boundary > boundary - speech.start else row


def labels(moments: Sequence[Moment], scale: Scale) -> list[Label]:
    """Return a label for each event. The label's text is in the first of three lines that has enough room."""
    placed: list[Label] = []
    free: dict[tuple[int, int], float] = {}
    for moment in moments:
        row = scale.row(moment.start)
        x = scale.x(moment.start, row)
        width = 16 + min(len(moment.label), LONGEST) * LETTER
        before = x + width > LEFT + PLOT
        start, end = (x - width, x + GAP) if before else (x - 6, max(x + width, scale.x(moment.end, row) + GAP))
        level = next((n for n in range(LABEL_ROWS) if free.get((row, n), 0.0) <= start), None)
        if level is not None:
            free[row, level] = end
        placed.append(Label(moment, row, x, level, before))
    return placed
