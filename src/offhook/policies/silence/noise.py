"""Sounds on the caller's side that delay a step of the silence ladder.

Noise delays a step for up to `hold` seconds. A step also waits as long as interim transcripts arrive. The delay by
noise is limited, because a fan that triggers the VAD every two seconds must not keep an abandoned call open
(livekit/agents#6030).
"""

import math

from offhook.core.facts import (
    AgentStateChanged,
    CallerStateChanged,
    EndRequested,
    Fact,
    KeyPressed,
    LinePlayed,
    MessageCommitted,
    Planned,
    SilenceChanged,
    ToolStarted,
    TranscriptReceived,
)
from offhook.core.steps import Step

__all__ = ["NoiseHold", "UnplayedLine"]

SETTLE = 1.5
"""The transcript of a sound may arrive up to this many seconds after the sound."""


class NoiseHold:
    """Says until when a sound delays a step, because the transcript of the sound may still arrive."""

    def __init__(self) -> None:
        self.hold = 0.0
        self.on = False
        self._until = 0.0
        self._words_until = 0.0
        self._ended = -math.inf

    def held_until(self, due: float) -> float:
        """Return the time until which a step that is due at `due` is delayed.

        Interim transcripts may delay the step. After that, noise delays the step for at most `hold` seconds.
        """
        return max(self._words_until, min(self._until, max(due, self._words_until) + self.hold))

    def describe(self, now: float) -> str:
        """Return in words what delays a step now."""
        if self.on:
            return "a sound"
        return "an interim transcript" if now < self._words_until else "a sound without a transcript yet"

    def last_sound(self, now: float) -> float:
        """Return the end of the sound that belongs to the current transcript, or `now` if the end is unknown. Silence
        counts from this time.
        """
        return self._ended if not self.on and now - self._ended < 2 * SETTLE else now

    def on_final_transcript(self) -> None:
        """Stop waiting for more words, because the transcript is final."""
        self._words_until = 0.0

    def notice(self, fact: Fact, now: float) -> None:
        """Handle a fact about the caller's sound or interim transcript."""
        match fact:
            case CallerStateChanged(state="speaking"):
                self.on, self._until = True, math.inf
            case CallerStateChanged(since=since) if self.on:
                self.on, self._ended = False, since
                self._until = now + SETTLE
            case TranscriptReceived(text=text, final=False) if text.strip():
                self._words_until = now + self.hold


class UnplayedLine:
    """An interruptible line of a step, which has not been played to its end.

    During a sound LiveKit does not start the line, however long the sound lasts. If a sound interrupts the line,
    LiveKit resumes the line after 2 s without sound.
    """

    def __init__(self) -> None:
        self.step: Step | None = None
        self.cut_off = False
        self._until = math.inf

    def begin(self, step: Step, *, until: float) -> None:
        """Start to follow a line that was requested. If the line has not started at `until`, it is played even during a
        sound.
        """
        self.step, self.cut_off, self._until = step, False, until

    def reset(self) -> None:
        """Drop the line, because it was played or is no longer needed."""
        self.step, self.cut_off, self._until = None, False, math.inf

    def due(self, *, noisy: bool) -> float | None:
        """Return the time at which the waiting line is played in spite of the sound. Return None if no line waits for
        the end of a sound.
        """
        return self._until if noisy and self._until < math.inf else None

    def overdue(self, now: float, *, noisy: bool) -> Step | None:
        """Return the step of the line if the line has to be played in spite of the sound, otherwise None."""
        return self.step if noisy and now >= self._until else None

    def notice(self, fact: Fact, *, noisy: bool) -> None:
        """Handle a fact which shows that the line is played, cut off or no longer needed.

        When a tool starts, the line is dropped, because the tool of an `ask` step must not be called twice.
        """
        match fact:
            case AgentStateChanged(state="speaking"):
                self._until = math.inf  # the line started, or an earlier speech in LiveKit's queue started
            case AgentStateChanged() if noisy and self.step is not None and math.isinf(self._until):
                self.cut_off = True
            case LinePlayed(tag="silence", interrupted=True) if self.cut_off:
                pass
            case LinePlayed(tag="silence") | ToolStarted():
                self.reset()
            case MessageCommitted(role="user") | KeyPressed() | EndRequested() | Planned() | SilenceChanged():
                self.reset()
