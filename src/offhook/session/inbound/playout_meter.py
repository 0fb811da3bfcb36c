"""Measures the agent's audio at the output, and reports it to the timer that detects a stalled TTS.

This module does not detect a TTS that gives no audio at all: the caller's turn then counts as unanswered. For a stall
and for a turn without audio, `policies/answer/rescue.py` decides what the caller hears.
"""

import asyncio
from collections.abc import Callable

from livekit import rtc
from livekit.agents import AgentSession
from livekit.agents.voice import io

from offhook.core.facts import Fact, PlayoutPaused, PlayoutResumed
from offhook.session.inbound.stall_timer import StallTimer

__all__ = ["PlayoutMeter", "install"]


class PlayoutMeter(io.AudioOutput):
    """Passes all audio to the session's last output. Measures only the audio's length; does not read its samples."""

    def __init__(self, sink: io.AudioOutput, post: Callable[[Fact], None]) -> None:
        super().__init__(
            label="offhook", capabilities=io.AudioOutputCapabilities(pause=sink.can_pause), next_in_chain=sink
        )
        assert self.next_in_chain is not None
        self._sink = self.next_in_chain  # LiveKit may put its proxy before `sink`; if so, use the proxy
        self._post = post
        self._stall_timer = StallTimer(post)
        self._reports = True
        self._open = self._paused = False
        self._segments = 0

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
        first = not self._open
        if first:
            self._segments += 1
            self._open = True
        resumes = self._stall_timer.stalled
        if self._reports:
            self._stall_timer.audio(frame.duration)
        if first or resumes:
            await asyncio.sleep(0)  # lets LiveKit's output start to play before further frames arrive

    def hand_over(self) -> StallTimer:
        """Return the timer that detects stalls. From now on, only the code that called this method reports to the
        timer.
        """
        self._reports = False
        return self._stall_timer

    def flush(self) -> None:
        super().flush()
        self._end()
        self._sink.flush()

    def clear_buffer(self) -> None:
        self._end()
        self._sink.clear_buffer()

    def _end(self) -> None:
        self._open = False
        if self._reports:
            self._stall_timer.over()

    def pause(self) -> None:
        super().pause()
        if not self._paused:
            self._paused = True
            self._post(PlayoutPaused())
        if self._reports:
            self._stall_timer.hold()

    def resume(self) -> None:
        super().resume()
        if self._paused:
            self._paused = False
            self._post(PlayoutResumed())
        if self._reports:
            self._stall_timer.go_on()

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
        self._stall_timer.stop()


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
