"""Asks a silent caller whether they are there, step by step; lets go after the last step.

Words and keys step off the ladder. Mere noise only holds it still, and not for ever: a fan that trips the voice
detector every two seconds must not keep an empty line open (livekit/agents#6030).
"""

from collections.abc import Sequence

from offhook.core.facts import (
    AgentTurned,
    CallerTurned,
    EndCancelled,
    EndWanted,
    Fact,
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
"""A model that thinks longer than this no longer counts as busy."""
WORKING = 60.0
"""A tool that works longer than this no longer counts as busy."""


class Climber:
    """Climbs the ladder while the caller says nothing."""

    def __init__(self) -> None:
        self._ladder: Silence | None = None
        self._rung = 0
        self._base: float | None = None
        self._armed_by = ""
        self._noisy = False
        self._held_until = 0.0
        self._told_held = False
        self._sound_ended = 0.0
        self._tools: set[str] = set()
        self._listening = False
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
        return max(due, self._held_until) if self._told_held else due

    def handle(self, fact: Fact, now: float) -> Sequence[Wish]:
        match fact:
            case Tick():
                return self._tick(now)
            case AgentTurned() | ToolStarted() | ToolEnded() | Spoken(tag="silence"):
                return self._busy(fact, now)
            case CallerTurned() | Heard() | KeyPressed() | Said(role="user"):
                return self._caller(fact, now)
            case Planned(silence=ladder) | SilenceChanged(silence=ladder):
                return self._use(ladder, now)
            case EndWanted():
                self._base, self._ending = None, True
            case EndCancelled():
                self._rung, self._ending = 0, False
                return self._arm("the caller spoke into the goodbye", since=now)
        return ()

    def _use(self, ladder: Silence | None, now: float) -> Sequence[Wish]:
        self._ladder, self._rung = ladder, 0
        return self._arm("the ladder was changed", since=now) if self._base is not None else ()

    def _busy(self, fact: Fact, now: float) -> Sequence[Wish]:
        match fact:
            case AgentTurned(state=state, since=since):
                self._listening = state == "listening"
                return self._agent(state, since)
            case ToolStarted(id=tool):
                self._tools.add(tool)
                self._base = now + WORKING
            case ToolEnded(id=tool):
                self._tools.discard(tool)
                if self._listening and not self._tools:
                    return self._arm("the tool ended", since=now)
            case Spoken(error=error) if error and self._base is None:
                return self._arm("the line could not be said", since=now)
        return ()

    def _agent(self, state: str, since: float) -> Sequence[Wish]:
        if state == "listening" and not self._tools:
            return self._arm("the agent stopped speaking", since=since)
        allowed = {"listening": WORKING, "thinking": THINKING}.get(state)
        self._base = None if allowed is None else since + allowed
        self._armed_by = "the agent should have answered"
        return ()

    def _caller(self, fact: Fact, now: float) -> Sequence[Wish]:
        match fact:
            case CallerTurned(state="speaking"):
                self._noisy = True
                self._hold(now)
            case CallerTurned(state="listening", since=since) if self._noisy:
                self._noisy, self._sound_ended = False, since
                self._held_until = now + SETTLE
            case Heard(text=text, final=True) if text.strip():
                return self._step_off("words", since=self._last_sound(now))
            case Said():
                return self._step_off("words", since=self._last_sound(now))
            case Heard(text=text) if text.strip():
                self._hold(now)
            case KeyPressed():
                return self._step_off("a key", since=now)
        return ()

    def _hold(self, now: float) -> None:
        self._held_until = now + (self._ladder.hold if self._ladder else 0.0)

    def _last_sound(self, now: float) -> float:
        """Words arrive after the sound they were in; silence began with the end of that sound."""
        return self._sound_ended if now - self._sound_ended < 2 * SETTLE else now

    def _arm(self, by: str, *, since: float) -> Sequence[Wish]:
        self._armed_by, self._told_held = by, False
        self._base = since
        return ()

    def _step_off(self, by: str, *, since: float) -> Sequence[Wish]:
        climbed, self._rung = self._rung, 0
        self._held_until = 0.0
        if self._base is not None and since > self._base:
            self._arm(by, since=since)
        return [Note(why=f"off the silence ladder by {by}")] if climbed else ()

    def _tick(self, now: float) -> Sequence[Wish]:
        if self.deadline is None or now < self.deadline or (step := self._step) is None:
            return ()
        if now < self._held_until:
            self._told_held = True
            what = "a sound" if self._noisy else "a sound whose words may still come"
            return [Note(why=f"{step.kind} is held by {what}, at most until {self._held_until - now:.1f} s from now")]
        return self._climb(step, now)

    def _climb(self, step: Step, now: float) -> Sequence[Wish]:
        assert self._base is not None
        assert self._ladder is not None
        why = f"{now - self._base:.2f} s since {self._armed_by}, step {self._rung + 1} of {len(self._ladder.steps)}"
        first, self._rung, self._told_held = self._rung == 0, self._rung + 1, False
        self._base = now if step.kind == "away" else None
        self._armed_by = "the caller was called away"
        away = [MarkAway(away=True, why=why)] if first or step.kind == "away" else []
        return [*away, *_wishes(step, why)]


def _wishes(step: Step, why: str) -> Sequence[Wish]:
    match step.kind:
        case "say":
            return [Say(step.text, tag=TAG, why=why)]
        case "ask":
            return [Ask(step.text, tag=TAG, why=why)]
        case "goodbye":
            return [EndCall("silence", goodbye=step.text, by="silence", why=why)]
        case "end":
            return [EndCall("silence", goodbye="", by="silence", why=why)]
    return ()
