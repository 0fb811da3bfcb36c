"""Parses the times and durations in command-line options."""

import re
from datetime import datetime

import typer

__all__ = ["parse_duration", "parse_time"]

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)([smhdw])")


def parse_duration(text: str) -> float:
    """Convert a duration such as `90s`, `45m`, `12h`, `30d` or `2w` to seconds."""
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        raise typer.BadParameter(f"{text!r} is not a duration; write it as 45m, 12h, 30d or 2w")
    return float(found[1]) * _UNITS[found[2]]


def parse_time(text: str, now: float) -> float:
    """Convert a time to Unix time: `12h` (12 hours before `now`), `2026-11-30` or `2026-11-30T14:00` (local time)."""
    if _DURATION.fullmatch(text.strip()):
        return now - parse_duration(text)
    try:
        return datetime.fromisoformat(text.strip()).astimezone().timestamp()
    except (ValueError, OverflowError, OSError):
        raise typer.BadParameter(
            f"{text!r} is not a time; write it as 12h, 7d, 2026-11-30 or 2026-11-30T14:00"
        ) from None
