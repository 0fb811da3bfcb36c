"""Pauses the agent at the caller's first sound, and lets the agent go on if the sound was not an interruption.

Without this policy, LiveKit waits for 0.5 s of sound, and every transcript interrupts the agent. With this policy, the
agent pauses at once. If the caller says words, LiveKit interrupts the agent at the final transcript. After a
backchannel, or a sound without words, the agent goes on. Noise cannot keep the agent silent: each pause without
words has a maximum length, and the sum of these lengths is limited too.
"""

import math
from collections import deque
from collections.abc import Sequence
from typing import ClassVar

from offhook.core.barge_in import BargeIn
from offhook.core.decisions import Decision, Note, PausePlayout, ResumePlayout
from offhook.core.facts import (
    AgentHandoff,
    AgentStateChanged,
    BargeInReady,
    CallerStateChanged,
    Fact,
    Planned,
    PlayoutKept,
    PlayoutPaused,
    PlayoutResumed,
    Tick,
    TranscriptReceived,
)

__all__ = ["BargeInPolicy"]

FINAL = 3.0
"""Within this many seconds after the caller's words, LiveKit gets the final transcript and interrupts the agent."""
WITHOUT_INTERIMS = 20.0
"""The least limit for a pause, in seconds, if the STT returns no words while the caller speaks. With a lower limit, the
agent could go on before the caller has finished.
"""
MEMORY = 30.0
"""`BargeIn.max_noise` limits the total length of the pauses without words within this many seconds."""
RESET = 0.1
"""The VAD reports the end of a sound at least this many seconds late. If the report comes sooner, LiveKit has reset the
VAD.
"""
RENEWED = 0.5
"""If a sound goes on during a handoff, LiveKit's new VAD reports the sound within this many seconds of the handoff."""


class BargeInPolicy:
    """Follows one sound of the caller at a time. The policy is inactive until the fact `BargeInReady`."""

    name: ClassVar[str] = "barge_in"

    def __init__(self) -> None:
        self._plan: BargeIn | None = None
        self._ready = False
        self._least_pause = 0.0
        self._warm_until = 0.0
        self._agent = self._caller = False  # True while the agent, or the caller, is speaking
        self._asked = False  # a pause was decided, and has not ended
        self._kept = False  # the agent's speech must not be paused
        self._paused_at = 0.0
        self._words = self._backchannel = False  # what the caller has said since the sound began
        self._noise: deque[tuple[float, float]] = deque()  # the end and the length of each pause without words
        self._reset_at = -math.inf  # when LiveKit reset the VAD while the caller spoke
        self._speaks_until = -math.inf  # until when the caller counts as speaking after a handoff
        self._due = math.inf

    @property
    def deadline(self) -> float | None:
        return None if math.isinf(self._due) else self._due

    def handle(self, fact: Fact, now: float) -> Sequence[Decision]:
        match fact:
            case Planned(barge_in=plan):
                self._plan = plan
            case BargeInReady(warm_up=seconds, off="", interims=interims):
                self._ready, self._warm_until = True, now + seconds
                self._least_pause = 0.0 if interims else WITHOUT_INTERIMS
                return self._first_line(now)
            case AgentStateChanged(state=state):
                self._agent, self._kept = state == "speaking", False
                return self._first_line(now)
            case PlayoutKept():
                self._asked, self._kept, self._due = False, True, math.inf
            case PlayoutPaused() if self._asked:
                self._paused_at = now
            case PlayoutResumed():
                self._asked, self._due = False, math.inf
            case _ if self._plan is not None and self._ready:
                return self._take(fact, self._plan, now)
            case CallerStateChanged(state=state, since=since):
                self._hear(state == "speaking", since, now)
            case AgentHandoff():
                self._change_agent(now)
        return ()

    def _hear(self, speaking: bool, since: float, now: float) -> None:
        """Store whether the caller speaks, and whether LiveKit has reset the VAD during the caller's sound."""
        if not speaking:
            self._reset_at = now if self._caller and now - since < RESET else -math.inf
        self._caller = speaking

    def _change_agent(self, now: float) -> None:
        if now - self._reset_at < RESET:
            self._speaks_until = now + RENEWED

    def _take(self, fact: Fact, plan: BargeIn, now: float) -> Sequence[Decision]:
        match fact:
            case CallerStateChanged(state="speaking"):
                self._hear(True, now, now)
                self._words = self._backchannel = False
                return self._sound(plan, now)
            case CallerStateChanged(since=since):
                self._hear(False, since, now)
                return self._silence(plan, now)
            case AgentHandoff():
                self._change_agent(now)
            case TranscriptReceived(text=text, backchannel=True, final=final) if text.strip():
                self._backchannel, self._words = True, self._words and not final
                return () if self._caller else self._silence(plan, now)
            case TranscriptReceived(text=text) if text.strip():
                return self._spoken(plan, now)
            case Tick() if now >= self._due:
                return self._late(plan, now)
        return ()

    def _sound(self, plan: BargeIn, now: float) -> Sequence[Decision]:
        """Handle the start of a sound."""
        if self._asked:  # a second sound begins while the agent is still paused because of the first sound
            self._due = self._paused_at + self._longest(plan)
            return ()
        if not self._agent or self._kept:
            self._due = math.inf
            return ()
        if now < self._warm_until:
            self._due = self._warm_until
            return ()
        if (paused := self._paused_by_noise(now)) >= plan.max_noise:
            why = f"not paused: sounds without words have paused the agent for {paused:.1f} s of the last {MEMORY:g} s"
            return [Note(why=why)]
        return self._pause(plan, now, why="a sound of the caller")

    def _first_line(self, now: float) -> Sequence[Decision]:
        """Pause the first line of a new agent if the handoff reset LiveKit's VAD while the caller spoke."""
        waits = self._ready and self._agent and not self._asked and now < self._speaks_until
        if self._plan is None or not waits:
            return ()
        self._speaks_until = -math.inf
        decided = self._pause(self._plan, now, why="the caller spoke when the agent changed")
        self._due = now + self._plan.wait_for_words
        return decided

    def _longest(self, plan: BargeIn) -> float:
        """Return how long a sound without words may pause the agent."""
        return max(plan.max_pause, self._least_pause)

    def _pause(self, plan: BargeIn, now: float, *, why: str) -> Sequence[Decision]:
        self._asked, self._paused_at, self._due = True, now, now + self._longest(plan)
        return [PausePlayout(why=why)]

    def _spoken(self, plan: BargeIn, now: float) -> Sequence[Decision]:
        """Handle words of the caller that are more than a backchannel."""
        self._words = True
        self._noise.clear()
        if not self._asked:
            paused = self._caller and self._agent and not self._kept and now >= self._warm_until
            return self._pause(plan, now, why="words of the caller") if paused else ()
        self._due = now + (self._longest(plan) if self._caller else FINAL)
        return ()

    def _silence(self, plan: BargeIn, now: float) -> Sequence[Decision]:
        """Handle the end of a sound, or a backchannel whose transcript arrives after the end of the sound."""
        if not self._asked:
            self._due = math.inf
            return ()
        if self._words:
            self._due = now + FINAL
            return ()
        if self._backchannel:
            return self._resume("the caller said a backchannel")
        self._due = now + plan.wait_for_words
        return ()

    def _late(self, plan: BargeIn, now: float) -> Sequence[Decision]:
        """Handle a deadline: the warm-up of the echo canceller has ended, or the time limit of a pause has passed."""
        self._due = math.inf
        if not self._asked:
            return self._sound(plan, now) if self._caller else ()
        self._noise.append((now, now - self._paused_at))
        if self._caller:
            return self._resume(f"{self._longest(plan):g} s of sound without more words")
        return self._resume("no final transcript followed" if self._words else "a sound without words")

    def _resume(self, why: str) -> Sequence[Decision]:
        self._due = math.inf
        return [ResumePlayout(why=why)]

    def _paused_by_noise(self, now: float) -> float:
        """Return the total length in seconds of the pauses without words in the last `MEMORY` seconds."""
        while self._noise and self._noise[0][0] < now - MEMORY:
            self._noise.popleft()
        return sum(seconds for _, seconds in self._noise)
