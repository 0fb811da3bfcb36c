"""TTS health of one call: detects repeated failures, and says how long to wait for TTS before the fallback."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from offhook.core.facts import (
    AgentStateChanged,
    CallerStateChanged,
    Fact,
    MessageCommitted,
    ModelFailed,
    SpeechNotPlayed,
    TtsStalled,
)

__all__ = ["MAX_WAIT", "VoiceHealth"]

FAILURES_TO_TRIP = 2
"""After this many failures without audio between them, the TTS counts as failing.

A single failure may come from a stale connection.
"""
REST = 30.0
"""After its last failure, a failing TTS is not used for this many seconds."""
SILENCE_BUDGET = 3.7
"""If TTS gives no audio, the fallback clip starts after this many seconds of silence. The caller hears the clip within
4 s of the end of the caller's speech.
"""
MAX_WAIT = 3.5
"""Longest wait in seconds for the TTS. If the caller is already waiting for an answer, the wait may be shorter."""
MIN_WAIT = 0.6
"""Shortest wait in seconds for a TTS that is not failing, even if the caller has already waited for a long time."""


class VoiceHealth:
    """A sink of one call's facts; shared by all code that speaks on the call."""

    def __init__(self, clock: Callable[[], float] | None = None) -> None:
        self._clock = clock or asyncio.get_running_loop().time
        self._failures = 0
        self._failed_at = 0.0
        self._owed = False
        self._silent_since = 0.0
        self._speaking = False
        self._limits: set[asyncio.Timeout] = set()

    @property
    def failing(self) -> bool:
        """True for 30 s after TTS failures whose weights (see `failed`) add up to at least `FAILURES_TO_TRIP`."""
        return self._failures >= FAILURES_TO_TRIP and self._clock() < self._failed_at + REST

    def notice(self, fact: Fact) -> None:
        match fact:
            case CallerStateChanged(state="speaking"):
                self._speaking = True
            case CallerStateChanged(since=since) if self._speaking:
                self._speaking, self._owed, self._silent_since = False, True, since
            case TtsStalled(since=since):  # not a TTS failure: the LLM may have stopped sending text
                self._owed, self._silent_since = True, since
            case MessageCommitted(role="user") if not self._owed:  # the caller typed the message and did not speak
                self._owed, self._silent_since = True, self._clock()
            case AgentStateChanged(state="speaking"):
                self._failures, self._owed = 0, False
            case MessageCommitted(role="assistant"):
                self._silent_since = self._clock()
            case ModelFailed(stage="tts_error", recoverable=recoverable):
                self.failed(1 if recoverable else FAILURES_TO_TRIP)
            case SpeechNotPlayed():
                self.failed(1)

    def failed(self, weight: int = FAILURES_TO_TRIP) -> None:
        """Count a TTS failure: there was no audio, or the audio came too late.

        With the default weight, a single failure is enough for the TTS to count as failing.
        """
        self._failures, self._failed_at = self._failures + weight, self._clock()
        if self.failing:
            for limit in self._limits:
                if not limit.expired():  # the limit may have expired just now
                    limit.reschedule(self._failed_at)
            self._limits.clear()

    def budget(self) -> float:
        """Return the maximum number of seconds to wait for the TTS now."""
        if not self._owed:
            return MAX_WAIT
        return min(max(self._silent_since + SILENCE_BUDGET - self._clock(), MIN_WAIT), MAX_WAIT)

    @asynccontextmanager
    async def deadline(self, seconds: float) -> AsyncIterator[None]:
        """Raise `TimeoutError` if the block runs for longer than this many seconds. While the TTS is failing, raise it
        at once.
        """
        async with asyncio.timeout(0 if self.failing else seconds) as limit:
            self._limits.add(limit)
            try:
                yield
            finally:
                self._limits.discard(limit)
