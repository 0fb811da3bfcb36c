"""Asks a silent caller whether they are there, step by step; lets go after the last step.

Words and keys step off the ladder. Mere noise only holds it still, and not for ever.
"""

from collections.abc import Sequence

from offhook.core.facts import (
    CallerTurned,
    Did,
    EndCancelled,
    EndWanted,
    Fact,
    Heard,
    KeyPressed,
    PauseChanged,
    Planned,
    Said,
    SilenceChanged,
    Spoken,
    Tick,
)
from offhook.core.ladder import Silence, Step
from offhook.core.wishes import Ask, Do, EndCall, Instruct, MarkAway, Note, Say, Transfer, Wish
from offhook.policies.noise import Noise, Unheard
from offhook.policies.quiet import Quiet

__all__ = ["TAG", "Climber"]

TAG = "silence"
_LINES = ("say", "ask")


class Climber:
    """Climbs the ladder while the caller says nothing."""

    def __init__(self) -> None:
        self._ladder: Silence | None = None
        self._steps: tuple[Step, ...] = ()
        self._rung = 0
        self._quiet = Quiet()
        self._noise = Noise()
        self._answered = False
        self._asked = False
        self._held: list[str] = []
        self._unheard = Unheard()
        self._ending = False

    @property
    def _step(self) -> Step | None:
        if self._unheard.torn:
            return self._unheard.step
        steps = self._steps if self._rung else self._chosen
        return steps[self._rung] if self._rung < len(steps) else None

    @property
    def _chosen(self) -> tuple[Step, ...]:
        """The steps of the next silence; one that has begun keeps its own."""
        if self._ladder is None:
            return ()
        if self._ladder.opening and not self._answered:
            return self._ladder.opening
        return self._ladder.question if self._ladder.question and self._asked else self._ladder.steps

    @property
    def deadline(self) -> float | None:
        """When to climb, to say that noise holds us back, or to say a line again that noise keeps from beginning."""
        times = (self._due, self._unheard.due(noisy=self._noise.on))
        return min((at for at in times if at is not None), default=None)

    @property
    def _due(self) -> float | None:
        if self._ending or self._quiet.since is None or self._step is None:
            return None
        due = self._quiet.since + self._step.after
        return max(due, self._noise.held_until(due)) if self._held else due

    def handle(self, fact: Fact, now: float) -> Sequence[Wish]:
        self._unheard.notice(fact, noisy=self._noise.on)
        match fact:
            case Tick():
                return self._cut_in(now) or self._tick(now)
            case Planned(silence=ladder) | SilenceChanged(silence=ladder):
                self._use(ladder, now)
            case EndWanted():
                self._quiet.since, self._ending = None, True
            case EndCancelled():
                self._rung, self._ending = 0, False
                self._count("the caller spoke into the goodbye", since=now)
            case Said(role="assistant", text=text) if not self._rung:
                self._asked = text.rstrip().endswith("?")
            case CallerTurned() | Heard() | KeyPressed() | Said(role="user"):
                return self._caller(fact, now)
            case Spoken(tag="silence") | Did(tag="silence") if self._quiet.since is None or self._quiet.since > now:
                self._count("the line was over" if isinstance(fact, Spoken) else "it was done", since=now)
            case _ if self._quiet.notice(fact, now):
                self._held = []
                return self._paused(fact)
        return ()

    def _use(self, ladder: Silence | None, now: float) -> None:
        self._ladder, self._rung = ladder, 0
        if ladder is not None:
            self._quiet.caps, self._noise.hold = ladder.caps, ladder.hold
        self._count("the ladder was changed", since=now)

    def _count(self, by: str, *, since: float) -> None:
        self._quiet.count(by, since=since)
        self._held = []

    def _paused(self, fact: Fact) -> Sequence[Wish]:
        """Say so in the journal; a filler stands there as a line."""
        if isinstance(fact, PauseChanged) and fact.why != "filler" and self._ladder is not None and not self._ending:
            turned = "paused" if fact.paused else "resumed"
            return [Note(why=f"the silence ladder is {turned} ({fact.why}) by {fact.by}")]
        return ()

    def _caller(self, fact: Fact, now: float) -> Sequence[Wish]:
        match fact:
            case Heard(text=text, final=True) if text.strip():
                return self._step_off("words", since=self._noise.last_sound(now))
            case Said():
                return self._step_off("words", since=self._noise.last_sound(now))
            case KeyPressed():
                return self._step_off("a key", since=now)
        self._noise.notice(fact, now)
        return ()

    def _step_off(self, by: str, *, since: float) -> Sequence[Wish]:
        climbed, self._rung = self._rung, 0
        self._answered, self._asked = True, False
        self._unheard.forget()
        self._noise.words_came()
        if self._quiet.since is not None and since > self._quiet.since:
            self._quiet.arm(by, since=since)
            self._held = []
        return [Note(why=f"off the silence ladder by {by}")] if climbed else ()

    def _cut_in(self, now: float) -> Sequence[Wish]:
        if (step := self._unheard.overdue(now, noisy=self._noise.on)) is None:
            return ()
        return self._again(step, f"has not begun over {self._noise.what(now)}, and is said over it", now)

    def _again(self, step: Step, why: str, now: float) -> Sequence[Wish]:
        """The line once more, and no sound interrupts it: whoever heard half a question was not asked."""
        self._unheard.forget()
        self._quiet.wait_for("the line", since=now)
        self._held = []
        return _wishes(step, f"{step.kind} {why}", firm=True)

    def _tick(self, now: float) -> Sequence[Wish]:
        if (due := self._due) is None or now < due or (step := self._step) is None:
            return ()
        assert self._quiet.since is not None
        held = self._noise.held_until(self._quiet.since + step.after)
        if now < held:
            self._held.append(self._noise.what(now))
            return [Note(why=f"{step.kind} is held by {self._held[-1]}, at most until {held - now:.1f} s from now")]
        if self._unheard.torn:
            return self._again(step, "was torn off by a sound, and is said again", now)
        return self._climb(step, now)

    def _climb(self, step: Step, now: float) -> Sequence[Wish]:
        assert self._quiet.since is not None
        self._steps = self._steps if self._rung else self._chosen
        first, self._rung = self._rung == 0, self._rung + 1
        held = f" (held by {self._held[0]})" if self._held else ""
        why = f"{now - self._quiet.since:.2f} s since {self._quiet.by}{held}, step {self._rung} of {len(self._steps)}"
        if step.kind == "away":
            self._quiet.arm("the caller was called away", since=now)
        else:
            self._quiet.wait_for("the line" if step.kind in _LINES else f"the {step.kind}", since=now)
        if step.kind in _LINES and not self._noise.on:
            self._unheard.begin(step, until=now + self._noise.hold)
        self._held = []
        return [*self._away(step, first=first, why=why), *_wishes(step, why, firm=self._noise.on)]

    def _away(self, step: Step, *, first: bool, why: str) -> Sequence[Wish]:
        assert self._ladder is not None
        wanted = step.kind == "away" or self._ladder.away == "always" or (first and self._ladder.away == "first")
        return [MarkAway(away=True, again=not first, why=why)] if wanted else ()


def _wishes(step: Step, why: str, *, firm: bool) -> Sequence[Wish]:
    match step.kind:
        case "say":
            # What may be interrupted is not even begun while the voice detector hears something.
            return [Say(step.text, tag=TAG, interruptible=not firm, why=why)]
        case "ask":
            return [Ask(step.text, tag=TAG, tool=step.tool, interruptible=not firm, why=why)]
        case "do":
            assert step.work is not None
            return [Do(step.work, tag=TAG, why=why)]
        case "instruct":
            return [Instruct(step.text, tag=TAG, why=why)]
        case "transfer":
            return [Transfer(step.text, tag=TAG, why=why)]
        case "goodbye" | "end":
            return [EndCall("silence", goodbye=step.text, by="silence", why=why)]
    return ()
