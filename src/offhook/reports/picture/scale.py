"""Maps times of a call to places in the picture. A long call is drawn in several rows of equal length."""

import math
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["LEFT", "LETTER", "PLOT", "WIDTH", "Scale", "fit"]

WIDTH, LEFT, RIGHT = 1280, 84, 24
PLOT = WIDTH - LEFT - RIGHT
LETTER = 6.2
"""The approximate width in pixels of a letter with the font size 11 px."""
ONE_ROW = 75.0
"""A call of at most this many seconds has one row."""
ROW = 60.0
MAX_ROWS = 60
SHORTEST = 8.0


@dataclass(frozen=True, slots=True)
class Scale:
    """`seconds` is the time that one row shows. `length` is the length of the call in seconds."""

    seconds: float
    length: float

    @classmethod
    def of(cls, length: float) -> "Scale":
        if length <= ONE_ROW:
            return cls(max(length * 1.01, SHORTEST), length)
        return cls(ROW * math.ceil(length / ROW / MAX_ROWS), length)

    @property
    def rows(self) -> int:
        return max(1, math.ceil(self.length / self.seconds))

    def row(self, time: float) -> int:
        return min(max(int(time // self.seconds), 0), self.rows - 1)

    def x(self, time: float, row: int) -> float:
        share = (time - row * self.seconds) / self.seconds
        return LEFT + PLOT * min(max(share, 0.0), 1.0)

    def pieces(self, start: float, end: float) -> Iterator[tuple[int, float, float]]:
        """Divide this time span into one part for each row. Yield the row of each part, and the x positions of the
        part's start and end.
        """
        for row in range(self.row(start), self.row(max(start, end)) + 1):
            left, right = self.x(start, row), self.x(end, row)
            if right > left or row == self.row(start):
                yield row, left, right

    @property
    def tick(self) -> float:
        """The seconds between two marks of the time axis."""
        return next(step for step in (1, 2, 5, 10, 30, 60, 300, 900) if self.seconds / step <= 20)


def fit(text: str, width: float, lines: int) -> list[str]:
    """Return the text in at most this many lines of this width, shortened if necessary; [] if there is no room."""
    letters = int(width / LETTER)
    if not text or letters < 3:
        return []
    if letters < 10:  # one line, because several lines of one word would be hard to read
        return [text if len(text) <= letters else f"{text[: letters - 1].rstrip()}…"]
    return textwrap.wrap(text, letters, max_lines=lines, placeholder="…", break_on_hyphens=False)
