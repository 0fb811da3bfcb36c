"""Pauses the agent's audio at once, and continues with the word at which the audio was paused.

The room output of livekit-agents 1.8.9 can pause too. However, that output stops up to 50 ms later and drops the 200 ms
in its queue, so the caller misses a syllable or a word. With `ReplayOutput`, a pause ends the piece of audio that the
room output plays, and the room output reports how much was played. After the pause, the room output gets the rest as a
new piece.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from livekit import rtc
from livekit.agents import AgentSession
from livekit.agents.voice import io

from offhook.core.facts import Fact, PlayoutPaused, PlayoutResumed
from offhook.session.inbound.playout_meter import PlayoutMeter
from offhook.session.inbound.stall_timer import StallTimer
from offhook.session.outbound.word_start import rest_of, seconds_of, silent, word_start

__all__ = ["ReplayOutput", "install"]


class ReplayOutput(io.AudioOutput):
    """Passes all audio to the next output, and keeps the audio of the current segment until the segment has ended."""

    def __init__(self, sink: io.AudioOutput, post: Callable[[Fact], None], stalls: StallTimer) -> None:
        capabilities = io.AudioOutputCapabilities(pause=True)
        super().__init__(label="offhook replay", capabilities=capabilities, next_in_chain=sink)
        assert self.next_in_chain is not None
        self._sink = self.next_in_chain  # LiveKit may put its proxy before `sink`; if so, use the proxy
        self._post = post
        self._stalls = stalls
        self._loop = asyncio.get_running_loop()
        self._lock = asyncio.Lock()
        self._replaying: asyncio.Task[None] | None = None
        self._paused = False
        self._begin()

    def _begin(self) -> None:
        """Start a new segment."""
        self._stalls.over()
        self._frames: list[rtc.AudioFrame] = []  # all audio of the segment
        self._piece: list[rtc.AudioFrame] = []  # the part of the segment to play after the last pause
        self._sent = 0  # how many frames of the piece the next output got
        self._before = 0.0  # seconds of the segment that were played before this piece
        self._piece_began: float | None = None
        self._flushed = self._sink_flushed = self._started = False
        self._in_flight = self._cutting = self._cleared = False

    @property
    def sample_rate(self) -> int | None:
        return self._sink.sample_rate

    @property
    def paused(self) -> bool:
        return self._paused

    @property
    def played(self) -> float:
        """Seconds of the current segment that have been played so far, measured with the clock."""
        piece = 0.0 if self._piece_began is None or self._held() else self._loop.time() - self._piece_began
        return min(self._before + piece, seconds_of(self._frames))

    def ends_within(self, seconds: float) -> bool:
        """True if, this many seconds from now, only silence will be left of the current segment."""
        return self._flushed and silent(self._frames, self.played + seconds)

    def _held(self) -> bool:
        return self._paused or self._cutting or self._cleared

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        if self._flushed:  # the previous segment is still being played
            await self.wait_for_playout()
        await super().capture_frame(frame)
        self._frames.append(frame)
        self._piece.append(frame)
        await self._send()
        self._stalls.audio(frame.duration)

    async def _send(self) -> None:
        """Send the waiting audio to the next output, except while `_held` is True (for example in a pause)."""
        async with self._lock:
            while self._sent < len(self._piece) and not self._held():
                self._in_flight = True
                try:
                    await self._sink.capture_frame(self._piece[self._sent])
                    self._sent += 1
                finally:
                    self._in_flight = False
                if self._held():  # a pause or a clear happened during the await
                    self._cut()
            self._flush_sink()

    def flush(self) -> None:
        super().flush()
        self._flushed = bool(self._frames)
        self._stalls.over()
        if not self._lock.locked():
            self._flush_sink()

    def _flush_sink(self) -> None:
        if not self._flushed or self._sink_flushed or self._held() or self._sent < len(self._piece):
            return
        self._sink_flushed = True
        if self._piece:
            self._sink.flush()
        else:  # all audio was played before the last pause, so the next output will not report the end
            self._end(self._frames, self._before, interrupted=False)

    def pause(self) -> None:
        """Stop the audio at once. The next output itself is not paused, because it has nothing left to play."""
        if not self._paused:
            self._paused = True
            self._cut()
            self._stalls.hold()
            self._post(PlayoutPaused())

    def resume(self) -> None:
        """Continue with the first sample that was not played."""
        self._resume(0.0)

    def _resume(self, again: float) -> None:
        if not self._paused:
            return
        self._paused = False
        self._stalls.go_on(again)
        if not self._cutting:
            self._replay(self._before)
        self._post(PlayoutResumed())

    def resume_word(self) -> float:
        """Continue with the word at which the audio was paused. Return how many seconds of audio are played again."""
        begin = word_start(self._frames, self._before) if self._paused and not self._cutting else self._before
        again = self._before - begin
        self._before = begin
        self._resume(again)
        return again

    def clear_buffer(self) -> None:
        if not self._frames:
            self._sink.clear_buffer()
            return
        self._cleared = True
        if self._sent or self._in_flight or self._cutting:
            self._cut()
        else:  # the next output has nothing of this piece and so will not report its end
            self._loop.call_soon(self._end, self._frames, self._before)

    def _cut(self) -> None:
        """End the piece that is being played. The next output then reports how much was played."""
        if self._sent and not self._in_flight and not self._cutting:
            self._cutting = True
            if not self._sink_flushed:
                self._sink.flush()
            self._sink.clear_buffer()

    def _replay(self, begin: float) -> None:
        if not self._frames or self._sent or self._cleared:
            return
        self._before, self._piece, self._sink_flushed = begin, rest_of(self._frames, begin), False
        self._replaying = asyncio.create_task(self._send(), name="offhook continue the agent's audio")

    def on_playback_started(self, *, created_at: float) -> None:
        self._piece_began = self._loop.time()
        if not self._started:
            self._started = True
            super().on_playback_started(created_at=created_at)

    def on_playback_progressed(self, *, started_at: float, offset: float, duration: float) -> None:
        super().on_playback_progressed(started_at=started_at, offset=self._before + offset, duration=duration)

    def on_playback_finished(self, *, playback_position: float, interrupted: bool, **rest: Any) -> None:  # noqa: ARG002  # LiveKit's signature
        played = self._before + playback_position
        if self._cutting and interrupted and not self._cleared:
            self._cutting, self._before, self._sent, self._piece_began = False, played, 0, None
            if not self._paused:
                self._replay(played)
            return
        self._end(self._frames, played, interrupted=interrupted)

    def _end(self, segment: list[rtc.AudioFrame], played: float, *, interrupted: bool = True) -> None:
        """End the segment, unless it has ended already."""
        if segment is self._frames:
            self._begin()
            super().on_playback_finished(playback_position=played, interrupted=interrupted)


def install(session: AgentSession[object], post: Callable[[Fact], None]) -> ReplayOutput:
    """Insert a `ReplayOutput` before the session's `PlayoutMeter` or, without a meter, before the last output. Return
    the new output. Only the new output then reports to the meter's `StallTimer`.
    """
    output = session.output.audio
    assert output is not None
    while output.next_in_chain is not None and not isinstance(output, PlayoutMeter):
        output = output.next_in_chain
    stalls = output.hand_over() if isinstance(output, PlayoutMeter) else StallTimer(post)
    replay = ReplayOutput(output, post, stalls)
    session.output.replace_audio_tail(replay)  # LiveKit's outputs before the last one (transcripts, a recorder) stay
    return replay
