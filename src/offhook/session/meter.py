"""Counts what the agent's voice hands over and what of it is played, and notices when it breaks off."""

import asyncio
from collections.abc import Callable

from livekit import rtc
from livekit.agents import AgentSession
from livekit.agents.voice import io

__all__ = ["DRY", "Meter", "fit"]

DRY = 1.5
"""Seconds without sound in the middle of a sentence that are no pause between two words."""

Stalled = Callable[[float, float], None]
"""Is told since when nothing more came, and how many seconds had come."""


class Meter(io.AudioOutput):
    """Stands before the session's last output and lets everything through; looks at lengths, never at samples."""

    def __init__(self, sink: io.AudioOutput, stalled: Stalled) -> None:
        super().__init__(
            label="offhook", capabilities=io.AudioOutputCapabilities(pause=sink.can_pause), next_in_chain=sink
        )
        assert self.next_in_chain is not None
        self._sink = self.next_in_chain  # LiveKit has put a part of its own between, which counts as well
        self._stalled = stalled
        self._loop = asyncio.get_running_loop()
        self._open = self._paused = False
        self._dry_at = 0.0
        self._watch: asyncio.TimerHandle | None = None
        self.handed = 0.0
        self.played = 0.0

    def count(self) -> float:
        """Seconds that were played since this was asked last."""
        played, self.played = self.played, 0.0
        return played

    @property
    def sample_rate(self) -> int | None:
        return self._sink.sample_rate

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        await super().capture_frame(frame)
        await self._sink.capture_frame(frame)
        now = self._loop.time()
        if not self._open:
            self._open, self.handed, self._dry_at = True, 0.0, now
        self.handed += frame.duration
        self._dry_at = max(self._dry_at, now) + frame.duration
        if self._watch is None:
            self._watch = self._loop.call_at(self._dry_at + DRY, self._look)

    def _look(self) -> None:
        """One timer for all frames: it looks when the last frame it knew of was due, and again if more had come."""
        self._watch = None
        if not self._open or self._paused:
            return
        if self._loop.time() < self._dry_at + DRY:
            self._watch = self._loop.call_at(self._dry_at + DRY, self._look)
            return
        self._open = False
        self._stalled(self._dry_at, self.handed)

    def flush(self) -> None:
        super().flush()
        self._open = False
        self._sink.flush()

    def clear_buffer(self) -> None:
        self._open = False
        self._sink.clear_buffer()

    def pause(self) -> None:
        super().pause()
        self._paused = True

    def resume(self) -> None:
        super().resume()
        self._paused, self._dry_at = False, max(self._dry_at, self._loop.time())
        if self._open and self._watch is None:
            self._watch = self._loop.call_at(self._dry_at + DRY, self._look)

    def on_playback_finished(
        self, *, playback_position: float, interrupted: bool, synchronized_transcript: str | None = None
    ) -> None:
        self.played += playback_position
        super().on_playback_finished(
            playback_position=playback_position,
            interrupted=interrupted,
            synchronized_transcript=synchronized_transcript,
        )

    def stop(self) -> None:
        """The call is over."""
        if self._watch is not None:
            self._watch.cancel()


def fit(session: AgentSession[object], stalled: Stalled) -> Meter | None:
    """Put a meter before the end of the session's chain; None when the session does not speak."""
    sink = session.output.audio
    if sink is None:
        return None
    while sink.next_in_chain is not None:
        sink = sink.next_in_chain
    meter = Meter(sink, stalled)
    session.output.replace_audio_tail(meter)  # what LiveKit has put above it (transcripts, a recorder) stays there
    return meter
