"""Asks a silent caller whether they are there, step by step; lets go after the last step.

Words and keys step off the ladder. Mere noise only holds it still, and not for ever: a fan that trips the voice
detector every two seconds must not keep an empty line open (livekit/agents#6030).
"""

import math
from collections.abc import Sequence

from offhook.core.facts import (
    AgentTurned,
    CallerTurned,
    EndCancelled,
    EndWanted,
    Fact,
    HandedOver,
    Heard,
    KeyPressed,
    Planned,
    Said,
    SilenceChanged,
    Spoken,
    Tick,
    ToolEnded,
    ToolStarted,
)
from offhook.core.ladder import Silence, Step
from offhook.core.wishes import Ask, EndCall, MarkAway, Note, Say, Wish

__all__ = ["TAG", "Climber"]

TAG = "silence"
SETTLE = 1.5
"""Seconds after a sound in which its words may still arrive from the recogniser."""
THINKING = 20.0
"""A model that thinks longer than this no longer counts as busy; nor does a line of ours that is still not said."""
WORKING = 60.0
"""A tool that works longer than this no longer counts as busy."""


class Climber:
    """Climbs the ladder while the caller says nothing."""

    def __init__(self) -> None:
        self._ladder: Silence | None = None
        self._rung = 0
        self._base: float | None = None
        self._armed_by = ""
        self._agent = "initializing"
        self._tools: set[str] = set()
        self._noisy = False
        self._noise_until = 0.0
        self._words_until = 0.0
        self._told_held = False
        self._sound_ended = -math.inf
        self._ending = False

    @property
    def _step(self) -> Step | None:
        if self._ladder is None or self._rung >= len(self._ladder.steps):
            return None
        return self._ladder.steps[self._rung]

    @property
    def deadline(self) -> float | None:
        """When to climb, or when to say that noise holds us back."""
        if self._ending or self._base is None or self._step is None:
            return None
        due = self._base + self._step.after
        return max(due, self._held_until(due)) if self._told_held else due

    def _held_until(self, due: float) -> float:
        """Noise holds a due step for `hold` seconds in all; words not yet complete, as long as more of them come."""
        hold = self._ladder.hold if self._ladder else 0.0
        return max(self._words_until, min(self._noise_until, max(due, self._words_until) + hold))

    def handle(self, fact: Fact, now: float) -> Sequence[Wish]:
        match fact:
            case Tick():
                return self._tick(now)
            case AgentTurned() | HandedOver() | ToolStarted() | ToolEnded() | Spoken(tag="silence"):
                self._busy(fact, now)
            case CallerTurned() | Heard() | KeyPressed() | Said(role="user"):
                return self._caller(fact, now)
            case Planned(silence=ladder) | SilenceChanged(silence=ladder):
                self._ladder, self._rung = ladder, 0
                self._count("the ladder was changed", since=now)
            case EndWanted():
                self._base, self._ending = None, True
            case EndCancelled():
                self._rung, self._ending = 0, False
                self._count("the caller spoke into the goodbye", since=now)
        return ()

    def _busy(self, fact: Fact, now: float) -> None:
        match fact:
            case AgentTurned(state=state, since=since):
                self._agent = state
                self._count("the agent stopped speaking", since=since)
            case HandedOver():
                self._tools.clear()  # one that awaits a task of its own waits for the caller now
                self._count("the call was handed over", since=now)
            case ToolStarted(id=tool):
                self._tools.add(tool)
                self._count("the tool started", since=now)
            case ToolEnded(id=tool):
                self._tools.discard(tool)
                self._count("the tool ended", since=now)
            case Spoken() if self._base is None or self._base > now:
                self._count("the line was over", since=now)  # it failed, or not the session spoke it

    def _count(self, by: str, *, since: float) -> None:
        """Count from now, or from when whoever is busy should be done; not at all while the agent speaks."""
        match self._agent:
            case "listening" | "thinking" if self._tools:
                self._arm("the tool should have ended", since=since + WORKING)
            case "thinking":
                self._arm("the agent should have answered", since=since + THINKING)
            case "listening":
                self._arm(by, since=since)
            case _:
                self._base = None

    def _caller(self, fact: Fact, now: float) -> Sequence[Wish]:
        match fact:
            case CallerTurned(state="speaking"):
                self._noisy, self._noise_until = True, math.inf
            case CallerTurned(since=since) if self._noisy:
                self._noisy, self._sound_ended = False, since
                self._noise_until = now + SETTLE
            case Heard(text=text, final=True) if text.strip():
                return self._step_off("words", since=self._last_sound(now))
            case Said():
                return self._step_off("words", since=self._last_sound(now))
            case Heard(text=text) if text.strip() and self._ladder is not None:
                self._words_until = now + self._ladder.hold
            case KeyPressed():
                return self._step_off("a key", since=now)
        return ()

    def _last_sound(self, now: float) -> float:
        """Words arrive after the sound they were in; silence began with the end of that sound."""
        return self._sound_ended if not self._noisy and now - self._sound_ended < 2 * SETTLE else now

    def _arm(self, by: str, *, since: float) -> None:
        self._base, self._armed_by, self._told_held = since, by, False

    def _step_off(self, by: str, *, since: float) -> Sequence[Wish]:
        climbed, self._rung = self._rung, 0
        self._words_until = 0.0
        if self._base is not None and since > self._base:
            self._arm(by, since=since)
        return [Note(why=f"off the silence ladder by {by}")] if climbed else ()

    def _tick(self, now: float) -> Sequence[Wish]:
        if self.deadline is None or now < self.deadline or (step := self._step) is None:
            return ()
        assert self._base is not None
        held = self._held_until(self._base + step.after)
        if now < held:
            self._told_held = True
            what = "a sound" if self._noisy else "words" if now < self._words_until else "a sound that may become words"
            return [Note(why=f"{step.kind} is held by {what}, at most until {held - now:.1f} s from now")]
        return self._climb(step, now)

    def _climb(self, step: Step, now: float) -> Sequence[Wish]:
        assert self._base is not None
        assert self._ladder is not None
        why = f"{now - self._base:.2f} s since {self._armed_by}, step {self._rung + 1} of {len(self._ladder.steps)}"
        first, self._rung = self._rung == 0, self._rung + 1
        if step.kind == "away":
            self._arm("the caller was called away", since=now)
        else:
            self._arm("the line should have been said", since=now + THINKING)
        away = [MarkAway(away=True, why=why)] if first or step.kind == "away" else []
        return [*away, *_wishes(step, why, over_noise=self._noisy)]


def _wishes(step: Step, why: str, *, over_noise: bool) -> Sequence[Wish]:
    match step.kind:
        case "say":
            # What may be interrupted is not even begun while the voice detector hears something.
            return [Say(step.text, tag=TAG, interruptible=not over_noise, why=why)]
        case "ask":
            return [Ask(step.text, tag=TAG, why=why)]
        case "goodbye":
            return [EndCall("silence", goodbye=step.text, by="silence", why=why)]
        case "end":
            return [EndCall("silence", goodbye="", by="silence", why=why)]
    return ()
