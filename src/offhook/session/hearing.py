"""Notices when the recogniser breaks off, and how long nobody was heard because of it; told as a fact."""

import asyncio

from livekit.agents.metrics import STTMetrics
from livekit.agents.voice import events

from offhook.core.facts import Fact, HearingLost

__all__ = ["Hearing"]


class Hearing:
    """One call's. It is back when it is connected again, or has words again where the recogniser tells no more."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._error = ""
        self._speaks: float | None = None  # what the caller says since then is not understood for good
        self._voice = 0.0

    def take(self, event: object) -> tuple[Fact, ...]:
        now = asyncio.get_running_loop().time()
        match event:
            case events.UserStateChangedEvent(new_state=state):
                self._speaks = now if state == "speaking" else None
            case events.ErrorEvent(error=error) if getattr(error, "type", "") == "stt_error" and self._since is None:
                self._since = now
                self._voice = 0.0 if self._speaks is None else now - self._speaks
                cause = getattr(error, "error", error)
                self._error = f"{type(cause).__name__}: {cause}"[:500]
            case events.MetricsCollectedEvent(metrics=STTMetrics(acquire_time=took)) if took > 0:
                return self._back(now)
            case events.UserInputTranscribedEvent(is_final=final):
                self._speaks = now if final and self._speaks is not None else self._speaks
                return self._back(now)
            case events.CloseEvent():
                return self._back(now)
        return ()

    def _back(self, now: float) -> tuple[Fact, ...]:
        since, self._since = self._since, None
        if since is None:
            return ()
        voice = round(self._voice, 2)
        return (HearingLost(since=since, seconds=round(now - since, 2), voice=voice, error=self._error),)
