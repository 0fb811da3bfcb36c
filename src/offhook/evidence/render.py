"""Draws a transcript or a timeline for a terminal, with or without colour."""

import textwrap
import unicodedata
from collections.abc import Sequence

from offhook.evidence.timeline import Row
from offhook.evidence.transcript import Line

__all__ = ["clean", "render", "render_transcript"]

_RESET = "\x1b[0m"
_COLORS = {
    "caller": "\x1b[36m",
    "agent": "\x1b[32m",
    "tool": "\x1b[35m",
    "dim": "\x1b[2m",
    "trouble": "\x1b[31m",
    "end": "\x1b[1m",
    "decision": "\x1b[33m",
}
_LEAST = 48
_DIRECTIONS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""They turn the direction of writing, and with it what a reader believes to see."""


def clean(text: str) -> str:
    """Text that cannot steer a terminal: a caller chooses their own name, and speech is not ours either."""
    return "".join(" " if _steers(char) else char for char in text)


def render(rows: Sequence[Row], width: int = 100, *, color: bool = False) -> str:
    """The picture of a call. The two bars are the caller's and the agent's: heavy while they speak."""
    return "".join(_draw_row(row, max(width, _LEAST), color) for row in rows)


def render_transcript(lines: Sequence[Line], width: int = 100, *, color: bool = False) -> str:
    """The transcript with times, one paragraph per line."""
    drawn: list[str] = []
    for line in lines:
        head = f"{line.elapsed:9.2f} s  {line.who:<7} "
        text = line.text if line.kind == "tool" else f"“{line.text}”"
        text += " [cut short]" if line.interrupted else ""
        text += " [heard, not part of the conversation]" if line.kind == "heard" else ""
        wrapped = _wrap(clean(text), max(width, _LEAST) - len(head))
        pad, tint = " " * len(head), line.who
        drawn += [f"{pad if number else head}{_paint(part, tint, color)}\n" for number, part in enumerate(wrapped)]
    return "".join(drawn)


def _draw_row(row: Row, width: int, color: bool) -> str:
    lanes = "".join("┃" if speaking else "│" for speaking in row.speaking)
    head = f"{row.elapsed:9.2f} s {lanes} {row.who:<7} "
    text, why = {"trouble": "! ", "end": "■ "}.get(row.kind, "") + clean(row.text), clean(row.why)
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


def _steers(char: str) -> bool:
    return char in _DIRECTIONS or unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")
