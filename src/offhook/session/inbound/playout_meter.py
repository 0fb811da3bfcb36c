"""Measures the agent's audio at the output, and detects TTS that stalls in the middle of a sentence.

A TTS that gives no audio at all is not detected in this module, because the caller's turn then counts as unanswered.
For a stall and for a turn without audio, `policies/answer/rescue.py` decides what the caller hears.
"""

import asyncio
from collections.abc import Callable

from livekit import rtc
from livekit.agents import AgentSession
from livekit.agents.voice import io

from offhook.core.facts import Fact, PlayoutPaused, PlayoutResumed, TtsResumed, TtsStalled

__all__ = ["STALL", "PlayoutMeter", "install"]

STALL = 1.5
"""After this many seconds without audio in a sentence, the TTS counts as stalled, because no pause between words is
that long.
"""


class PlayoutMeter(io.AudioOutput):
    """Passes all audio to the session's last output. Measures only the audio's length; does not read its samples."""

    def __init__(self, sink: io.AudioOutput, post: Callable[[Fact], None]) -> None:
        super().__init__(
            label="offhook", capabilities=io.AudioOutputCapabilities(pause=sink.can_pause), next_in_chain=sink
        )
        assert self.next_in_chain is not None
        self._sink = self.next_in_chain  # LiveKit may put its proxy before `sink`; if so, use the proxy
        self._post = post
        self._stalled = False
        self._loop = asyncio.get_running_loop()
        self._open = self._paused = False
        self._runs_out_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._segments = 0
        self._captured = 0.0

    @property
    def playing(self) -> bool:
        """True while audio is played: from the first frame to the end of its playout, except during a pause."""
        return self._segments > 0 and not self._paused

    @property
    def sample_rate(self) -> int | None:
        return self._sink.sample_rate

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        await super().capture_frame(frame)
        await self._sink.capture_frame(frame)
        now = self._loop.time()
        first = not self._open
        if first:
            self._segments += not self._stalled
            self._open, self._captured, self._runs_out_at = True, 0.0, now
            if self._stalled:
                self._stalled = False
                self._post(TtsResumed())
        self._captured += frame.duration
        self._runs_out_at = max(self._runs_out_at, now) + frame.duration
        if self._timer is None:
            self._timer = self._loop.call_at(self._runs_out_at + STALL, self._check_stall)
        if first:
            await asyncio.sleep(0)  # lets LiveKit's output play this frame before all other ready frames have come

    def _check_stall(self) -> None:
        """Post `TtsStalled` if the audio has run out; otherwise set the timer again. One timer serves all frames."""
        self._timer = None
        if not self._open or self._paused:
            return
        if self._loop.time() < self._runs_out_at + STALL:
            self._timer = self._loop.call_at(self._runs_out_at + STALL, self._check_stall)
            return
        self._open, self._stalled = False, True
        self._post(TtsStalled(since=self._runs_out_at, heard=round(self._captured, 2)))

    def flush(self) -> None:
        super().flush()
        self._open = self._stalled = False
        self._sink.flush()

    def clear_buffer(self) -> None:
        self._open = self._stalled = False
        self._sink.clear_buffer()

    def pause(self) -> None:
        super().pause()
        if not self._paused:
            self._paused = True
            self._post(PlayoutPaused())

    def resume(self) -> None:
        super().resume()
        if self._paused:
            self._post(PlayoutResumed())
        self._paused, self._runs_out_at = False, max(self._runs_out_at, self._loop.time())
        if self._open and self._timer is None:
            self._timer = self._loop.call_at(self._runs_out_at + STALL, self._check_stall)

    def on_playback_finished(
        self, *, playback_position: float, interrupted: bool, synchronized_transcript: str | None = None
    ) -> None:
        self._segments = max(0, self._segments - 1)
        super().on_playback_finished(
            playback_position=playback_position,
            interrupted=interrupted,
            synchronized_transcript=synchronized_transcript,
        )

    def stop(self) -> None:
        """Cancel the timer at the end of the call."""
        if self._timer is not None:
            self._timer.cancel()


def install(
    session: AgentSession[object],
    post: Callable[[Fact], None],
    wrap: Callable[[io.AudioOutput], io.AudioOutput] = lambda sink: sink,
) -> PlayoutMeter | None:
    """Insert a meter before the last output of the session. Return None if the session has no audio output.

    `wrap` may insert another output after the meter.
    """
    sink = session.output.audio
    if sink is None:
        return None
    while sink.next_in_chain is not None:
        sink = sink.next_in_chain
    meter = PlayoutMeter(wrap(sink), post)
    session.output.replace_audio_tail(meter)  # LiveKit's outputs before the last one (transcripts, a recorder) stay
    return meter
