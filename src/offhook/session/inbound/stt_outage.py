"""Measures how long an STT failure leaves the caller without transcripts, and reports this time as a fact."""

import asyncio

from livekit.agents.metrics import STTMetrics
from livekit.agents.voice import events

from offhook.core.facts import Fact, SttInterrupted

__all__ = ["SttOutage"]


class SttOutage:
    """Tracks the STT outages of one call.

    An outage ends when the STT reports a new connection or gives a transcript, or when the session closes.
    """

    def __init__(self) -> None:
        self._since: float | None = None
        self._error = ""
        self._speaking_since: float | None = None  # the start of the speech that has no final transcript yet
        self._unrecognised = 0.0

    def take(self, event: object) -> tuple[Fact, ...]:
        """Track the outage. Return a fact when the outage ends."""
        now = asyncio.get_running_loop().time()
        match event:
            case events.UserStateChangedEvent(new_state=state):
                self._speaking_since = now if state == "speaking" else None
            case events.ErrorEvent(error=error) if getattr(error, "type", "") == "stt_error" and self._since is None:
                self._since = now
                self._unrecognised = 0.0 if self._speaking_since is None else now - self._speaking_since
                cause = getattr(error, "error", error)
                self._error = f"{type(cause).__name__}: {cause}"[:500]
            case events.MetricsCollectedEvent(metrics=STTMetrics(acquire_time=took)) if took > 0:
                return self._end_outage(now)
            case events.UserInputTranscribedEvent(is_final=final):
                self._speaking_since = now if final and self._speaking_since is not None else self._speaking_since
                return self._end_outage(now)
            case events.CloseEvent():
                return self._end_outage(now)
        return ()

    def _end_outage(self, now: float) -> tuple[Fact, ...]:
        since, self._since = self._since, None
        if since is None:
            return ()
        voice = round(self._unrecognised, 2)
        return (SttInterrupted(since=since, seconds=round(now - since, 2), voice=voice, error=self._error),)
