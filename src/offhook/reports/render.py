"""Renders a transcript or a timeline for a terminal, with or without colour."""

import textwrap
import unicodedata
from collections.abc import Sequence

from offhook.reports.timeline import Row
from offhook.reports.transcript import Line
from offhook.reports.unsaid import quoted

__all__ = ["clean", "render", "render_transcript"]

_RESET = "\x1b[0m"
_COLORS = {
    "caller": "\x1b[36m",
    "agent": "\x1b[32m",
    "tool": "\x1b[35m",
    "dim": "\x1b[2m",
    "problem": "\x1b[31m",
    "end": "\x1b[1m",
    "decision": "\x1b[33m",
}
_MIN_WIDTH = 48
_DIRECTIONS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Characters that `clean` replaces, because they change the direction of writing and could mislead a reader."""


def clean(text: str) -> str:
    """Replace each control character with a space, because the name or the words of a caller may contain such
    characters.
    """
    return "".join(" " if _is_control(char) else char for char in text)


def render(rows: Sequence[Row], width: int = 100, *, color: bool = False) -> str:
    """Return a timeline as text. In each row, the left bar is bold if the caller speaks, and the right bar is bold if
    the agent speaks.
    """
    return "".join(_draw_row(row, max(width, _MIN_WIDTH), color) for row in rows)


def render_transcript(lines: Sequence[Line], width: int = 100, *, color: bool = False) -> str:
    """Return a transcript as text. Each line of the transcript becomes a paragraph that begins with the time."""
    drawn: list[str] = []
    for line in lines:
        head = f"{line.elapsed:9.2f} s  {line.who:<7} "
        text = line.text if line.kind == "tool" else quoted(line.text)
        text += " [interrupted]" if line.interrupted else ""
        text += " [not part of the conversation]" if line.kind == "heard" else ""
        wrapped = _wrap(clean(text), max(width, _MIN_WIDTH) - len(head))
        pad, tint = " " * len(head), line.who
        drawn += [f"{pad if number else head}{_paint(part, tint, color)}\n" for number, part in enumerate(wrapped)]
    return "".join(drawn)


def _draw_row(row: Row, width: int, color: bool) -> str:
    lanes = "".join("┃" if speaking else "│" for speaking in row.speaking)
    head = f"{row.elapsed:9.2f} s {lanes} {row.who:<7} "
    text, why = {"problem": "! ", "end": "■ "}.get(row.kind, "") + clean(row.text), clean(row.why)
    if row.kind == "silence":
        head, text = f"{'':11} {lanes} {'':7} ", f"╌╌ {row.text} ╌╌"
    room, pad = width - len(head), " " * len(head)
    painted, tint = _paint(head, row.who, color), _tint(row)
    if why and len(text) + len(why) + 4 <= room:
        return f"{painted}{_paint(text, tint, color)}{_paint(f'  ← {why}', 'dim', color)}\n"
    reasons = textwrap.wrap(why, room, initial_indent="  ← ", subsequent_indent="    ")
    lines = [_paint(line, tint, color) for line in _wrap(text, room)]
    lines += [_paint(reason, "dim", color) for reason in reasons]
    return "".join(f"{pad if number else painted}{line}\n" for number, line in enumerate(lines))


def _tint(row: Row) -> str:
    return "dim" if row.kind == "silence" else row.kind if row.kind in _COLORS else row.who


def _paint(text: str, tint: str, color: bool) -> str:
    return f"{_COLORS[tint]}{text}{_RESET}" if color and tint in _COLORS else text


def _wrap(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_on_hyphens=False) or [""]


def _is_control(char: str) -> bool:
    return char in _DIRECTIONS or unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")
