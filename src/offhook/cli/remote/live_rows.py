"""Makes the timeline of a running call from the records that the call sends, and stores why the call ended."""

from collections.abc import Mapping, Sequence
from typing import Any

from offhook.core.record import Record
from offhook.reports.timeline import Row, TimelineBuilder

__all__ = ["LiveRows", "record_of"]

_REASONS = ("EndRequested", "EndCall", "HangUp", "Ended")
"""The names of the records that say why a call ends. The reason is read from each of these records, because the later
records may not arrive.
"""


class LiveRows:
    """Converts the records of one call to rows of a timeline."""

    def __init__(self) -> None:
        self.reason = ""
        self._timeline = TimelineBuilder()

    def add(self, plain: Mapping[str, Any]) -> Sequence[Row]:
        """Return the timeline rows of the next record. `plain` is a record as `RunningCall.follow` yields it."""
        record = record_of(plain)
        if record.name in _REASONS and isinstance(reason := record.body.get("reason"), str):
            self.reason = reason
        elif record.name == "EndCancelled":
            self.reason = ""
        try:
            return self._timeline.add([record])
        except (KeyError, TypeError, ValueError):  # the record comes from another version of offhook
            return [Row(record.elapsed, "offhook", "event", record.name)]


def record_of(plain: Mapping[str, Any]) -> Record:
    """Convert a record from a plain mapping to a `Record`. If the call could not send the complete record because of
    its length, the name of the `Record` says so.
    """
    body = plain["body"]
    too_long = body.keys() == {"too_long"}
    name = f"{plain['name']}, which is too long to show here:" if too_long else plain["name"]
    return Record(
        call="",
        seq=plain["seq"],
        at=plain["at"],
        elapsed=plain["elapsed"],
        kind=plain["kind"],
        name=name,
        body={"bytes": body["too_long"]} if too_long else body,
        cause=plain["cause"],
        by=plain["by"],
    )
