"""Numbers the facts and decisions of one call and appends them to the journal with their times."""

import asyncio
import time
from collections.abc import Awaitable
from typing import Literal

from offhook.core.decisions import Decision
from offhook.core.facts import Fact, MessageCommitted, ToolStarted
from offhook.core.ports import Recorder
from offhook.core.record import Record, to_body
from offhook.core.speech import unrecorded
from offhook.engine.unrecorded import UnrecordedSpeech

__all__ = ["Recording"]


class Recording:
    """The records of one call; `elapsed` starts when this object is created."""

    def __init__(self, call: str, recorder: Recorder) -> None:
        self._call = call
        self._recorder = recorder
        self._seq = 1  # record 0 is `JobAccepted`, which the main process writes
        self._clock = asyncio.get_running_loop().time
        self._started = self._clock()
        self._wall = time.time()
        self._unrecorded = UnrecordedSpeech()
        self.hidden = False
        """True if the last record was written without its words, because the audio recording was paused."""
        self.unrecorded: set[str] = set()
        """The texts of messages, and the ids of tool calls, that the journal does not have because the audio recording
        was paused."""

    @property
    def elapsed(self) -> float:
        """Seconds since this object was created."""
        return self._clock() - self._started

    async def flushed(self) -> bool:
        """Wait until all records are on disk. Return False if writing failed; the log then has the error."""
        return await self._recorder.flushed()

    def redact(self) -> Awaitable[bool]:
        """Remove the words from all records so far. The awaited result is True if no copy of the words is left."""
        return self._recorder.redact(self._call, self._seq)

    def add(self, what: Fact | Decision, *, cause: int | None = None, by: str = "") -> int:
        """Record a fact or a decision; return the number of the record. `by` names the policy of a decision."""
        seq, self._seq = self._seq, self._seq + 1
        elapsed = self.elapsed
        kind: Literal["fact", "decision"] = "decision" if by else "fact"
        body = to_body(what)
        self.hidden = self._unrecorded.hides(what, self._clock())
        if self.hidden:
            body = unrecorded(type(what).__name__, body)
            self._remember(what)
        if isinstance(since := body.get("since"), float):
            body["since"] = round(since - self._started, 4)
        self._recorder.append(
            Record(self._call, seq, self._wall + elapsed, round(elapsed, 4), kind, type(what).__name__, body, cause, by)
        )
        return seq

    def _remember(self, what: Fact | Decision) -> None:
        match what:
            case MessageCommitted(text=text):
                self.unrecorded.add(text)
            case ToolStarted(id=id_):
                self.unrecorded.add(id_)
