"""Records one call: adds LiveKit's recorder to the session's audio, pauses the recorder, and keeps the file."""

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from livekit.agents import AgentSession
from livekit.agents.voice import io

from offhook.core.errors import OffhookError
from offhook.core.facts import (
    Fact,
    Planned,
    RecordingDiscarded,
    RecordingFailed,
    RecordingKept,
    RecordingPaused,
    RecordingResumed,
    RecordingStarted,
    SessionStarted,
    SpeechRedacted,
)
from offhook.recordings.file import measured, new_file
from offhook.session.background import run_in_background
from offhook.session.recorder.pausable import PausableRecorder

__all__ = ["CallRecording"]

log = logging.getLogger("offhook")

_MISSING = 3.0
"""If more than this many seconds are missing at the end, the file is not complete. LiveKit's recorder writes only every
2.5 s, so the limit is higher.
"""


class CallRecording:
    """Records one call to `path`. Without a path or without audio, `start` posts `RecordingFailed` and records nothing.

    A pause has an effect even if nothing is recorded: during the pause, the journal keeps no words.
    """

    def __init__(self, session: AgentSession[Any], post: Callable[[Fact], None], path: Path | None = None) -> None:
        self._session, self._post = session, post
        self._path = path
        self._planned = False
        self._recorder: PausableRecorder | None = None
        self._running = False
        self._paused_at: float | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._changing = asyncio.Lock()

    def notice(self, fact: Fact) -> None:
        """Connect the recorder to the audio input when the session starts. Discard the recording when the speech so far
        must be forgotten (`SpeechRedacted`).
        """
        match fact:
            case Planned(recording=recording):
                self._planned = recording is not None
            case SessionStarted() if self._recorder is not None and self._session.input.audio is not None:
                self._session.input.audio = self._recorder.record_input(self._session.input.audio)
            case SpeechRedacted() if self._running:
                run_in_background(self._discard(), "discard the recording", tasks=self._tasks, post=self._post)

    def wrap_output(self, sink: io.AudioOutput) -> io.AudioOutput:
        """Return an output that records the agent's audio and passes it on. If nothing is recorded, return `sink`
        itself.

        The recorder is near the end of the session's chain of audio outputs. Therefore the recorder also gets agent
        speech that began before the session started.
        """
        if not self._planned or self._session.input.audio is None:
            return sink
        self._recorder = PausableRecorder(self._session)
        return self._recorder.record_output(sink)

    async def start(self) -> str:
        """Start to record. Return a note about the result, or "". If the start fails, post `RecordingFailed`; the call
        goes on.
        """
        async with self._changing:
            if self._running:
                return "already recording"
            if self._recorder is None or self._path is None:
                return self._failed("start", "the session has no audio, or had started before it was supervised")
            try:
                await asyncio.to_thread(new_file, self._path)
            except OSError as error:
                return self._failed(
                    "start", f"{self._path.parent}: {error.strerror or error}; make the folder writable"
                )
            await self._recorder.start(output_path=self._path)
            self._running = True
            self._post(RecordingStarted())
            return "paused" if self._paused_at is not None else ""

    def pause(self, *, by: str) -> str:
        """From now on, record silence, and keep no words in the journal. Return a note about the result, or ""."""
        if self._paused_at is not None:
            return "the recording was paused already"
        self._paused_at = time.time()
        if self._recorder is not None:
            self._recorder.pause(self._paused_at)
        self._post(RecordingPaused(by))
        return "" if self._running else "no audio is recorded now; the journal keeps no words"

    def resume(self, *, by: str) -> str:
        """Record again after a pause. Return a note about the result, or ""."""
        if self._paused_at is None:
            return "the recording was not paused"
        now, paused_at, self._paused_at = time.time(), self._paused_at, None
        if self._recorder is not None:
            self._recorder.resume(now)
        self._post(RecordingResumed(round(now - paused_at, 3), by))
        return ""

    async def finish(self) -> None:
        """Close the file and post `RecordingKept` with the hash of the file. This must be called after the session is
        closed.
        """
        async with self._changing:
            if not self._running or self._recorder is None or self._path is None:
                return
            self._running, ended_at = False, time.time()
            await self._recorder.aclose()
            try:
                found = await asyncio.to_thread(measured, self._path)
            except (OSError, OffhookError) as error:
                self._failed("keep", str(error))
                return
            began = self._recorder.begun_at
            complete = found.seconds >= ended_at - began - _MISSING
            if not complete:
                log.error("a recording is not complete; is the disk full?", extra={"path": str(self._path)})
            gaps = self._recorder.gaps(ended_at)
            self._post(
                RecordingKept(
                    str(self._path), found.sha256, found.bytes, found.seconds, round(began, 3), gaps, complete
                )
            )

    async def _discard(self) -> None:
        """Delete the recording so far, because the speech in it must be forgotten. Then start a new recording."""
        async with self._changing:
            if not self._running or self._recorder is None or self._path is None:
                return
            await self._recorder.aclose()
            await asyncio.to_thread(new_file, self._path)
            await self._recorder.start(output_path=self._path)
            self._post(RecordingDiscarded("the speech so far was forgotten"))

    def _failed(self, stage: Literal["start", "keep"], error: str) -> str:
        log.error("a call is not recorded", extra={"stage": stage, "error": error})
        self._post(RecordingFailed(stage, error))
        return f"the call is not recorded: {error}"
