"""The silence ladder: takes the next step each time the caller stays silent; the last step may end the call.

Words and keys reset the ladder. Noise only delays a step, for at most `hold` seconds.
"""

from collections.abc import Sequence
from typing import ClassVar

from offhook.core.decisions import Decision, MarkAway, Note
from offhook.core.facts import (
    ActionDone,
    CallerStateChanged,
    EndCancelled,
    EndRequested,
    Fact,
    KeyPressed,
    LinePlayed,
    MediaLost,
    MediaRestored,
    MessageCommitted,
    PauseChanged,
    Planned,
    QuietChanged,
    SilenceChanged,
    Tick,
    TranscriptReceived,
)
from offhook.core.ladder import Silence
from offhook.core.steps import Step
from offhook.policies.silence.clock import SilenceClock
from offhook.policies.silence.noise import NoiseHold, UnplayedLine
from offhook.policies.silence.opened_task import OpenedTask
from offhook.policies.silence.position import LadderPosition
from offhook.policies.silence.steps import TAG, decisions_of

__all__ = ["TAG", "SilencePolicy"]

_LINES = ("say", "ask")


class SilencePolicy:
    """Takes the steps of the ladder while the caller says nothing."""

    name: ClassVar[str] = "silence"

    def __init__(self) -> None:
        self._position = LadderPosition()
        self._clock = SilenceClock()
        self._noise = NoiseHold()
        self._held_by: list[str] = []
        self._unplayed = UnplayedLine()
        self._opened = OpenedTask()
        self._ending = False

    @property
    def _step(self) -> Step | None:
        if self._unplayed.cut_off:
            return self._unplayed.step
        return self._position.next(without=self._opened.step)

    @property
    def deadline(self) -> float | None:
        """The time at which a step is due, or at which a waiting line is played in spite of the noise."""
        times = (self._due, self._unplayed.due(noisy=self._noise.on))
        return min((at for at in times if at is not None), default=None)

    @property
    def _due(self) -> float | None:
        if self._ending or self._step is None or (due := self._clock.due(self._step.after)) is None:
            return None
        return max(due, self._noise.held_until(due)) if self._held_by else due

    def handle(self, fact: Fact, now: float) -> Sequence[Decision]:
        self._unplayed.notice(fact, noisy=self._noise.on)
        self._opened.notice(fact)
        match fact:
            case Tick():
                return self._speak_over_noise(now) or self._tick(now)
            case Planned(silence=ladder) | SilenceChanged(silence=ladder):
                self._use(ladder, now)
            case EndRequested():
                self._clock.since, self._ending = None, True
            case EndCancelled():
                self._position.taken, self._ending = 0, False
                self._clock.expect()
                self._count("the caller spoke during the goodbye", since=now)
            case MessageCommitted(role="assistant", text=text):
                self._position.agent_said(text)
            case CallerStateChanged() | TranscriptReceived() | KeyPressed() | MessageCommitted(role="user"):
                return self._caller(fact, now)
            case QuietChanged(mode=mode):  # the ladder starts again at its first step
                self._position.taken, self._held_by = 0, []
                self._unplayed.reset()
                self._clock.pause(now, quiet=bool(mode))
            case LinePlayed(tag="silence") | ActionDone(tag="silence"):
                self._clock.step_over("the line ended" if isinstance(fact, LinePlayed) else "the action ended", now)
            case _ if self._clock.notice(fact, now):
                self._held_by = []
                return self._note_pause(fact)
        return ()

    def _use(self, ladder: Silence | None, now: float) -> None:
        self._position.ladder, self._position.taken = ladder, 0
        if ladder is not None:
            self._clock.caps, self._noise.hold = ladder.caps, ladder.hold
        self._count("the ladder was changed", since=now)

    def _count(self, by: str, *, since: float) -> None:
        self._clock.count(by, since=since)
        self._held_by = []

    def _note_pause(self, fact: Fact) -> Sequence[Decision]:
        """Note in the journal that the ladder is paused or resumed. A pause for a filler needs no note, because the
        filler has its own records in the journal.
        """
        if self._position.ladder is None or self._ending:
            return ()
        if isinstance(fact, PauseChanged) and fact.why != "filler":
            change = "paused" if fact.paused else "resumed"
            return [Note(why=f"the silence ladder is {change} ({fact.why}) by {fact.by}")]
        if isinstance(fact, MediaLost | MediaRestored):
            change = "paused: no packets arrive" if isinstance(fact, MediaLost) else "resumed: packets arrive again"
            return [Note(why=f"the silence ladder is {change}")]
        return ()

    def _caller(self, fact: Fact, now: float) -> Sequence[Decision]:
        match fact:
            case TranscriptReceived(text=text, final=True) if text.strip():
                return self._reset("words", since=self._noise.last_sound(now))
            case MessageCommitted():
                return self._reset("words", since=self._noise.last_sound(now))
            case KeyPressed():
                return self._reset("a key", since=now)
        self._noise.notice(fact, now)
        return ()

    def _reset(self, by: str, *, since: float) -> Sequence[Decision]:
        climbed = self._position.caller_answered()
        self._unplayed.reset()
        self._noise.on_final_transcript()
        self._clock.expect()
        if self._clock.since is not None and since > self._clock.since:
            self._clock.arm(by, since=since)
            self._held_by = []
        return [Note(why=f"the silence ladder is reset by {by}")] if climbed else ()

    def _speak_over_noise(self, now: float) -> Sequence[Decision]:
        if (step := self._unplayed.overdue(now, noisy=self._noise.on)) is None:
            return ()
        return self._repeat_line(step, f"could not start because of {self._noise.describe(now)}; it is played now", now)

    def _repeat_line(self, step: Step, why: str, now: float) -> Sequence[Decision]:
        """Play the whole line again as an uninterruptible line, because the caller cannot answer half a question."""
        self._unplayed.reset()
        self._clock.wait_for("the line", since=now)
        self._held_by = []
        return decisions_of(step, f"{step.kind} {why}", interruptible=False)

    def _tick(self, now: float) -> Sequence[Decision]:
        if self._due is None or now < self._due or (step := self._step) is None:
            return ()
        due = self._clock.due(step.after)
        assert due is not None
        held_until = self._noise.held_until(due)
        if now < held_until:
            self._held_by.append(self._noise.describe(now))
            return [Note(why=f"{step.kind} is held by {self._held_by[-1]}, for at most {held_until - now:.1f} s")]
        if self._unplayed.cut_off:
            return self._repeat_line(step, "was cut off by a sound; it is repeated", now)
        return self._climb(step, now)

    def _climb(self, step: Step, now: float) -> Sequence[Decision]:
        assert self._clock.since is not None
        first = self._position.take(step)
        held = f" (held by {self._held_by[0]})" if self._held_by else ""
        number = f"step {self._position.taken} of {len(self._position.steps)}"
        why = f"{now - self._clock.since:.2f} s since {self._clock.by}{held}, {number}"
        if step.kind == "away":
            self._clock.arm("the caller was marked away", since=now)
        else:
            self._clock.wait_for("the line" if step.kind in _LINES else f"the {step.kind}", since=now)
        if step.kind in _LINES and not self._noise.on:
            self._unplayed.begin(step, until=now + self._noise.hold)
        if step.kind == "ask":
            self._opened.begin(step)
        self._held_by = []
        return [*self._away(step, first=first, why=why), *decisions_of(step, why, interruptible=not self._noise.on)]

    def _away(self, step: Step, *, first: bool, why: str) -> Sequence[Decision]:
        ladder = self._position.ladder
        assert ladder is not None
        marks = step.kind == "away" or ladder.away == "always" or (first and ladder.away == "first")
        return [MarkAway(away=True, again=not first, why=why)] if marks else ()
