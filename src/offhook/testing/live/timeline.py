"""Formats the events of a call as readable lines."""

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Moment", "format_line", "format_timeline"]


@dataclass(frozen=True, slots=True)
class Moment:
    """One event; `at` is its time as a value of `time.monotonic()`."""

    at: float
    who: str
    text: str


def format_line(seconds: float, who: str, text: str) -> str:
    """Return one line: `  12.34  caller  says "hello"`."""
    return f"{seconds:8.2f}  {who:<8}  {text}"


def format_timeline(moments: Iterable[Moment], began_at: float) -> str:
    """Return all moments in order of time, one per line, in seconds since `began_at`."""
    ordered = sorted(moments, key=lambda moment: moment.at)
    return "\n".join(format_line(moment.at - began_at, moment.who, moment.text) for moment in ordered)
