"""Sounds of the caller's side that hold a step still: noise at most for a while, words as long as more of them come.

A fan that trips the voice detector every two seconds must not keep an empty line open (livekit/agents#6030).
"""

import math

from offhook.core.facts import (
    AgentTurned,
    CallerTurned,
    EndWanted,
    Fact,
    Heard,
    KeyPressed,
    Planned,
    Said,
    SilenceChanged,
    Spoken,
    ToolStarted,
)
from offhook.core.ladder import Step

__all__ = ["Noise", "Unheard"]

SETTLE = 1.5
"""Seconds after a sound in which its words may still arrive from the recogniser."""


class Noise:
    """Until when a step must wait for what may become words."""

    def __init__(self) -> None:
        self.hold = 0.0
        self.on = False
        self._until = 0.0
        self._words_until = 0.0
        self._ended = -math.inf

    def held_until(self, due: float) -> float:
        """When a step that is due then may be taken: noise holds it for `hold` seconds in all."""
        return max(self._words_until, min(self._until, max(due, self._words_until) + self.hold))

    def what(self, now: float) -> str:
        """What holds, in words."""
        return "a sound" if self.on else "words" if now < self._words_until else "a sound that may become words"

    def last_sound(self, now: float) -> float:
        """Words arrive after the sound they were in; silence began with the end of that sound."""
        return self._ended if not self.on and now - self._ended < 2 * SETTLE else now

    def words_came(self) -> None:
        """They are complete: nothing more is waited for."""
        self._words_until = 0.0

    def notice(self, fact: Fact, now: float) -> None:
        """Take in what is heard of the caller."""
        match fact:
            case CallerTurned(state="speaking"):
                self.on, self._until = True, math.inf
            case CallerTurned(since=since) if self.on:
                self.on, self._ended = False, since
                self._until = now + SETTLE
            case Heard(text=text, final=False) if text.strip():
                self._words_until = now + self.hold


class Unheard:
    """A line that may be interrupted, until it was heard to its end.

    Over a sound LiveKit does not begin it, however long; one that a sound has torn off goes on after 2 s without any.
    """

    def __init__(self) -> None:
        self.step: Step | None = None
        self.torn = False
        self._until = math.inf

    def begin(self, step: Step, *, until: float) -> None:
        """A line was asked for; until then a sound may keep it from beginning."""
        self.step, self.torn, self._until = step, False, until

    def forget(self) -> None:
        """It was heard, or is not wanted any more."""
        self.step, self.torn, self._until = None, False, math.inf

    def due(self, *, noisy: bool) -> float | None:
        """When it is to be said over the sound that keeps it from beginning."""
        return self._until if noisy and self._until < math.inf else None

    def overdue(self, now: float, *, noisy: bool) -> Step | None:
        """The line, when it is due."""
        return self.step if noisy and now >= self._until else None

    def notice(self, fact: Fact, *, noisy: bool) -> None:
        """Take in what makes it heard, torn off or unwanted; a tool that was called for it must not be called twice."""
        match fact:
            case AgentTurned(state="speaking"):
                self._until = math.inf  # it has begun, or what is said before it has
            case AgentTurned() if noisy and self.step is not None and math.isinf(self._until):
                self.torn = True
            case Spoken(tag="silence", interrupted=True) if self.torn:
                pass
            case Spoken(tag="silence") | ToolStarted():
                self.forget()
            case Said(role="user") | KeyPressed() | EndWanted() | Planned() | SilenceChanged():
                self.forget()
