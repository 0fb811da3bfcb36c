"""What a call knows of its voice: whether it fails, and how long the caller can wait for it. One for all who speak."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from offhook.core.facts import AgentTurned, CallerTurned, Fact, ModelFailed, Said, Unspoken, VoiceStalled

__all__ = ["MOST", "Throat"]

SURE = 2
"""So many failures without a sound between them are no coincidence; one may be a connection that had gone stale."""
REST = 30.0
"""Seconds in which a voice that fails is not asked again."""
BOUND = 3.7
"""Seconds of silence for a caller who has spoken, until the clip is begun: it is heard before 4."""
MOST = 3.5
LEAST = 0.6
"""Seconds that a voice which has not failed so far is waited for: when nobody waits, and when they have waited long."""


class Throat:
    """Knows the facts of one call; `notice` is told each."""

    def __init__(self, clock: Callable[[], float] | None = None) -> None:
        self._clock = clock or asyncio.get_running_loop().time
        self._failures = 0
        self._failed_at = 0.0
        self._owed = False
        self._silent_since = 0.0
        self._speaking = False
        self._limits: set[asyncio.Timeout] = set()

    @property
    def hoarse(self) -> bool:
        """Whether it has just failed, so that asking it again would cost the caller time."""
        return self._failures >= SURE and self._clock() < self._failed_at + REST

    def notice(self, fact: Fact) -> None:
        match fact:
            case CallerTurned(state="speaking"):
                self._speaking = True
            case CallerTurned(since=since) if self._speaking:
                self._speaking, self._owed, self._silent_since = False, True, since
            case VoiceStalled(since=since):  # maybe for want of words: that is not the voice's fault
                self._owed, self._silent_since = True, since
            case Said(role="user") if not self._owed:  # typed
                self._owed, self._silent_since = True, self._clock()
            case AgentTurned(state="speaking"):
                self._failures, self._owed = 0, False
            case Said(role="assistant"):
                self._silent_since = self._clock()
            case ModelFailed(stage="tts_error", recoverable=recoverable):
                self.failed(1 if recoverable else SURE)
            case Unspoken():
                self.failed(1)

    def failed(self, weight: int = SURE) -> None:
        """It gave no sound, or not in time."""
        self._failures, self._failed_at = self._failures + weight, self._clock()
        if self.hoarse:
            for limit in self._limits:
                limit.reschedule(self._failed_at)
            self._limits.clear()

    def patience(self) -> float:
        """How long the caller can wait for it now."""
        if not self._owed:
            return MOST
        return min(max(self._silent_since + BOUND - self._clock(), LEAST), MOST)

    @asynccontextmanager
    async def trusted(self, seconds: float) -> AsyncIterator[None]:
        """A time limit that comes at once when the voice turns out to be hoarse."""
        async with asyncio.timeout(0 if self.hoarse else seconds) as limit:
            self._limits.add(limit)
            try:
                yield
            finally:
                self._limits.discard(limit)
