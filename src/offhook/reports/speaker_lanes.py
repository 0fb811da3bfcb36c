"""Tracks who is speaking in a call, and measures each silence."""

from dataclasses import dataclass

from offhook.core.record import Record

__all__ = ["SilentSpan", "SpeakerLanes", "since_of"]


@dataclass(frozen=True, slots=True)
class SilentSpan:
    """A time in which neither the caller nor the agent spoke; both times are in seconds since the start of the call."""

    start: float
    end: float


class SpeakerLanes:
    """Tracks who speaks. `caller` is True while the caller speaks, and `agent` is True while the agent speaks."""

    def __init__(self) -> None:
        self.caller = self.agent = False
        self._silent_since: float | None = None

    def update(self, record: Record) -> SilentSpan | None:
        """Update `caller` and `agent` from the next record. Return the silence that ends with this record, or None."""
        match record.name:
            case "AgentStateChanged":
                self.agent = record.body["state"] == "speaking"
            case "CallerStateChanged":
                self.caller = record.body["state"] == "speaking"
            case "SessionStarted":
                pass
            case "MessageCommitted" if record.body.get("since") is not None:
                return self._out_of_band_line(record)
            case "Ended":
                return self._end_silence(since_of(record))
            case _:
                return None
        if self.caller or self.agent:
            return self._end_silence(since_of(record))
        self._begin_silence(since_of(record))
        return None

    def _out_of_band_line(self, record: Record) -> SilentSpan | None:
        """Return the silence before a spoken line that was played outside the session's speech queue.

        There is no `AgentStateChanged` for such a line. The line was played from `since` until the time of this record.
        """
        silence = self._end_silence(since_of(record))
        if not (self.caller or self.agent):
            self._begin_silence(record.elapsed)
        return silence

    def _begin_silence(self, at: float) -> None:
        if self._silent_since is None:
            self._silent_since = at

    def _end_silence(self, at: float) -> SilentSpan | None:
        start, self._silent_since = self._silent_since, None
        return None if start is None else SilentSpan(start, at)


def since_of(record: Record) -> float:
    """Return the time at which the event of this record happened, in seconds since the start of the call.

    A VAD reports speech and silence late. Therefore some records have `since`, which is the time of the event itself.
    """
    since = record.body.get("since")
    return min(since, record.elapsed) if isinstance(since, float) else record.elapsed
