"""The silence ladder as data: what happens after how many seconds without a word."""

import math
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from offhook.core.errors import PlanError

__all__ = [
    "Caps",
    "Kind",
    "Silence",
    "Step",
    "Work",
    "ask",
    "away",
    "do",
    "end",
    "goodbye",
    "instruct",
    "repeat",
    "say",
    "transfer",
]

MAX_AFTER = 3600.0
MAX_STEPS = 100
MAX_TEXT = 4000

Kind = Literal["say", "ask", "do", "instruct", "away", "transfer", "goodbye", "end"]
Work = Callable[[Any], Awaitable[object] | object]

_TEXT = {
    "say": "say what the caller should hear",
    "ask": "say what the model should do",
    "instruct": "say what the agent should do from then on",
    "transfer": "say where to, such as tel:+15105550100",
    "goodbye": "say what the caller should hear",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One rung: wait `after` seconds of silence, then do it. Made by `say`, `ask`, `do`, `goodbye` and the others."""

    kind: Kind
    after: float
    text: str = ""
    tool: str = ""
    work: Work | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        _seconds(f"{self.kind}(after=", self.after, most=MAX_AFTER)
        if self.kind in _TEXT and not (isinstance(self.text, str) and self.text.strip()):
            raise PlanError(f"{self.kind}(after={self.after:g}) has no text; {_TEXT[self.kind]}")
        if len(self.text) > MAX_TEXT:
            raise PlanError(
                f"{self.kind}(after={self.after:g}) has {len(self.text)} characters; use at most {MAX_TEXT}"
            )
        if self.kind == "do" and not callable(self.work):
            raise PlanError(f"do({self.work!r}, after={self.after:g}): give a function that takes the call")

    @property
    def final(self) -> bool:
        return self.kind in ("goodbye", "end")


Steps = Step | Iterable[Step]


@dataclass(frozen=True, slots=True)
class Caps:
    """How long something may keep the ladder from counting, in seconds; after that it counts as if it were over.

    `tool`: a tool that works. `thinking`: a model that thinks, or a line of ours that has not begun (nobody receives
    the agent's voice yet, for example). `speaking`: an agent that speaks. `paused`: hold, transfer, voicemail
    detection, or code's wish.
    """

    tool: float = 60.0
    thinking: float = 20.0
    speaking: float = 300.0
    paused: float = 300.0

    def __post_init__(self) -> None:
        for name in ("tool", "thinking", "speaking", "paused"):
            _seconds(f"Caps({name}=", getattr(self, name), most=MAX_AFTER)


@dataclass(frozen=True, slots=True, init=False)
class Silence:
    """A ladder of steps. Words and keys step off it; noise only holds it still, at most `hold` seconds at a time.

    `opening` is climbed instead until the caller has said a first word, `question` while a question of the agent's
    waits for its answer. With `away` the first step also marks the caller as away (LiveKit's `user_state`), and
    with "always" each step does, again after every line of ours.
    """

    steps: tuple[Step, ...]
    opening: tuple[Step, ...]
    question: tuple[Step, ...]
    hold: float
    away: Literal["first", "always", "never"]
    caps: Caps

    def __init__(  # the parts of a ladder, all named
        self,
        *steps: Steps,
        opening: Iterable[Steps] = (),
        question: Iterable[Steps] = (),
        hold: float = 6.0,
        away: Literal["first", "always", "never"] = "first",
        caps: Caps | None = None,
    ) -> None:
        _seconds("Silence(hold=", hold, most=MAX_AFTER)
        if away not in ("first", "always", "never"):
            raise PlanError(f"Silence(away={away!r}): use 'first', 'always' or 'never'")
        if not steps:
            raise PlanError("Silence(...) needs at least one step; leave `silence` out if there is to be none")
        values = {
            "steps": _checked("Silence(...)", steps),
            "opening": _checked("Silence(opening=...)", opening),
            "question": _checked("Silence(question=...)", question),
            "hold": float(hold),
            "away": away,
            "caps": caps or Caps(),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)


def say(text: str, *, after: float) -> Step:
    """After so many seconds of silence, say this."""
    return Step("say", after, text)


def ask(instructions: str, *, after: float, tool: str = "") -> Step:
    """After so many seconds of silence, let the model speak by these instructions, or first call this tool of its."""
    return Step("ask", after, instructions, tool=tool)


def do(function: Work, *, after: float) -> Step:
    """After so many seconds of silence, call this function with the `OngoingCall`; it may be sync or async."""
    return Step("do", after, work=function)


def instruct(text: str, *, after: float) -> Step:
    """After so many seconds of silence, add this to the agent's instructions."""
    return Step("instruct", after, text)


def away(*, after: float) -> Step:
    """After so many seconds of silence, call the caller away; `user_state_changed` handlers see it."""
    return Step("away", after)


def transfer(to: str, *, after: float) -> Step:
    """After so many seconds of silence, transfer the caller; where that is not possible, the next step follows."""
    return Step("transfer", after, to)


def goodbye(text: str, *, after: float) -> Step:
    """After so many seconds of silence, say goodbye and end the call."""
    return Step("goodbye", after, text)


def end(*, after: float) -> Step:
    """After so many seconds of silence, end the call without a word."""
    return Step("end", after)


def repeat(times: int, *steps: Step) -> tuple[Step, ...]:
    """These steps, so many times one after another."""
    if not isinstance(times, int) or not 1 <= times <= MAX_STEPS:
        raise PlanError(f"repeat({times!r}, ...): give how many times, 1 to {MAX_STEPS}")
    return steps * times


def _checked(what: str, parts: Iterable[Steps]) -> tuple[Step, ...]:
    steps = tuple(_flat(what, parts))
    if len(steps) > MAX_STEPS:
        raise PlanError(f"{what} has {len(steps)} steps; use at most {MAX_STEPS}")
    for number, step in enumerate(steps[:-1], 1):
        if step.final:
            raise PlanError(f"{what}: step {number} ends the call, so step {number + 1} can never come")
    return steps


def _flat(what: str, parts: Iterable[Steps]) -> Iterator[Step]:
    number = 0
    for part in parts:
        group: Sequence[object] = part if isinstance(part, tuple | list) else [part]
        for step in group:
            number += 1
            if not isinstance(step, Step):
                raise PlanError(f"{what}: step {number} is {step!r}; use say, ask, do, away, goodbye or end")
            yield step


def _seconds(what: str, value: object, *, most: float) -> None:
    wrong = isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value)
    if wrong or not 0 < float(value) <= most:  # type: ignore[arg-type]  # a number, or `wrong`
        raise PlanError(f"{what}{value!r}): give seconds, more than 0 and at most {most:.0f}")
