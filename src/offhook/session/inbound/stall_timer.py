"""Detects a TTS that stalls in the middle of a sentence: the audio has run out, and no event reports the sentence's
end.
"""

import asyncio
from collections.abc import Callable

from offhook.core.facts import Fact, TtsResumed, TtsStalled

__all__ = ["STALL", "StallTimer"]

STALL = 1.5
"""After this many seconds without audio in a sentence, the TTS counts as stalled, because no pause between words is
that long.
"""


class StallTimer:
    """Posts `TtsStalled` when a segment has had no audio to play for `STALL` seconds, and `TtsResumed` at its next
    audio.

    The audio output that gets LiveKit's segments reports to the timer: `audio` for each frame, `over` when the segment
    gets no more audio, `hold` and `go_on` for a pause. Call all methods in the event loop's thread.
    """

    def __init__(self, post: Callable[[Fact], None]) -> None:
        self._post = post
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._runs_out_at = 0.0
        self._left = 0.0  # during a pause: the seconds of audio that are left to play
        self._heard = 0.0
        self._begun = self._held = self._stalled = False

    @property
    def stalled(self) -> bool:
        return self._stalled

    def audio(self, seconds: float) -> None:
        """Count the next frame, which lasts `seconds`."""
        if not self._begun or self._stalled:
            self._heard = 0.0
        if self._stalled:
            self._post(TtsResumed())
        self._begun, self._stalled = True, False
        self._heard += seconds
        if self._held:
            self._left += seconds
            return
        self._runs_out_at = max(self._runs_out_at, self._loop.time()) + seconds
        self._start()

    def over(self) -> None:
        """End the segment: its audio is complete or discarded."""
        self._begun = self._stalled = False
        self._runs_out_at = self._left = 0.0

    def hold(self) -> None:
        """Record that nothing is played until `go_on`."""
        if not self._held:
            self._held, self._left = True, max(0.0, self._runs_out_at - self._loop.time())

    def go_on(self, again: float = 0.0) -> None:
        """Record that playout continues: first with the last `again` seconds before the pause, then with the rest."""
        if not self._held:
            return
        self._held = False
        if self._left + again > 0.0:
            self._runs_out_at = self._loop.time() + self._left + again
        if self._begun:
            self._start()

    def _start(self) -> None:
        if self._timer is None:
            self._timer = self._loop.call_at(self._runs_out_at + STALL, self._check)

    def _check(self) -> None:
        """Post `TtsStalled` if the audio ran out `STALL` seconds ago; otherwise set the timer again. One timer serves
        all frames.
        """
        self._timer = None
        if not self._begun or self._held or self._stalled:
            return
        if self._loop.time() < self._runs_out_at + STALL:
            self._start()
            return
        self._stalled = True
        self._post(TtsStalled(since=self._runs_out_at, heard=round(self._heard, 2)))

    def stop(self) -> None:
        """Cancel the timer at the end of the call."""
        if self._timer is not None:
            self._timer.cancel()
