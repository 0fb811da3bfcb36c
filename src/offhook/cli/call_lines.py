"""Writes one call as a line of a list, or as the header of its timeline."""

import time
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from offhook.journal.reader import Summary

__all__ = ["SHORT", "call_line", "duration", "header"]

SHORT = 10
"""Number of characters of a call id that the list shows. `offhook show` accepts such a shortened id."""


def call_line(summary: "Summary", now: float) -> str:
    """Return the line of the call in a list."""
    from offhook.reports.render import clean  # imported here, so that other commands start faster

    began = datetime.fromtimestamp(summary.started_at).astimezone()
    who = clean(summary.caller or "nobody")[:20]
    heading = f"{summary.call[:SHORT]:<{SHORT}}  {began:%Y-%m-%d %H:%M:%S}  {who:<20}  {duration(summary.seconds):>9}"
    return f"{heading}  {clean(_state(summary, now))}"


def header(summary: "Summary") -> str:
    """Return the two lines above the timeline of the call."""
    from offhook.reports.render import clean  # imported here, so that other commands start faster

    began = datetime.fromtimestamp(summary.started_at).astimezone()
    first = f"call {summary.call}   room {summary.room or '?'}   caller {summary.caller or 'nobody'}"
    if agent := " ".join(filter(None, [summary.agent, summary.version])):
        first += f"   agent {agent}"
    second = f"{began:%Y-%m-%d %H:%M:%S}   {duration(summary.seconds)}   {_state(summary, time.time())}"
    return f"{clean(first)}\n{clean(second)}"


def _state(summary: "Summary", now: float) -> str:
    if summary.state == "open":
        return f"open, last record {duration(max(0.0, now - summary.last_at))} ago"
    detail = f" ({summary.detail})" if summary.detail else ""
    return f"ended: {summary.reason}{detail}"


def duration(seconds: float) -> str:
    """Return the duration as text, such as `4 s`, `1 m 02 s` or `2 h 01 m`."""
    whole = round(seconds)
    hours, minutes = divmod(whole // 60, 60)
    if hours:
        return f"{hours} h {minutes:02} m"
    return f"{minutes} m {whole % 60:02} s" if minutes else f"{whole} s"
