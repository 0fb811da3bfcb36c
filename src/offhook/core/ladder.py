"""The silence ladder as data: which step is taken after how many seconds of silence."""

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
    "transfer": "give the number or address, such as tel:+15105550100",
    "goodbye": "say what the caller should hear",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the ladder, taken after `after` seconds of silence.

    The functions of this module, such as `say`, `ask` and `goodbye`, return steps.
    """

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
    """For how many seconds each cause may stop the silence count. After that time, the count starts.

    `tool`: a tool runs. `thinking`: the model makes an answer, or a prompt has not started (for example because no
    client receives the agent's audio yet). `speaking`: the agent speaks. `paused`: hold, transfer, voicemail detection
    or `pause()`.
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
    """The steps for a caller who says nothing.

    Words and phone keys reset the ladder. Noise delays a step by up to `hold` seconds. `opening` replaces the steps
    until the caller has said something or pressed a key. `question` replaces the steps after the agent asked a
    question. `away="first"`: the first step also marks the caller away (LiveKit's `user_state`). `away="always"`:
    every step marks the caller away.
    """

    steps: tuple[Step, ...]
    opening: tuple[Step, ...]
    question: tuple[Step, ...]
    hold: float
    away: Literal["first", "always", "never"]
    caps: Caps

    def __init__(  # one parameter for each field; all except `steps` are keyword-only
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
            raise PlanError("Silence(...) needs at least one step; for no ladder, leave `silence` out")
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
    """Step: after this many seconds of silence, play this line."""
    return Step("say", after, text)


def ask(instructions: str, *, after: float, tool: str = "") -> Step:
    """Step: after this many seconds of silence, let the model speak with these instructions.

    If `tool` is set, the model must call that tool first.
    """
    return Step("ask", after, instructions, tool=tool)


def do(function: Work, *, after: float) -> Step:
    """Step: after this many seconds of silence, call this sync or async function with the `OngoingCall`."""
    return Step("do", after, work=function)


def instruct(text: str, *, after: float) -> Step:
    """Step: after this many seconds of silence, add this text to the agent's instructions."""
    return Step("instruct", after, text)


def away(*, after: float) -> Step:
    """Step: after this many seconds of silence, mark the caller away; `user_state_changed` handlers run."""
    return Step("away", after)


def transfer(to: str, *, after: float) -> Step:
    """Step: after this many seconds of silence, transfer the caller; if the transfer fails, the next step follows."""
    return Step("transfer", after, to)


def goodbye(text: str, *, after: float) -> Step:
    """Step: after this many seconds of silence, say this goodbye and end the call."""
    return Step("goodbye", after, text)


def end(*, after: float) -> Step:
    """Step: after this many seconds of silence, end the call without a goodbye."""
    return Step("end", after)


def repeat(times: int, *steps: Step) -> tuple[Step, ...]:
    """Return these steps, repeated this many times."""
    if not isinstance(times, int) or not 1 <= times <= MAX_STEPS:
        raise PlanError(f"repeat({times!r}, ...): give how many times, 1 to {MAX_STEPS}")
    return steps * times


def _checked(what: str, parts: Iterable[Steps]) -> tuple[Step, ...]:
    steps = tuple(_flat(what, parts))
    if len(steps) > MAX_STEPS:
        raise PlanError(f"{what} has {len(steps)} steps; use at most {MAX_STEPS}")
    for number, step in enumerate(steps[:-1], 1):
        if step.final:
            raise PlanError(f"{what}: step {number} ends the call, so step {number + 1} is never taken")
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
    if wrong or not 0 < float(value) <= most:  # type: ignore[arg-type]  # a number if not `wrong`
        raise PlanError(f"{what}{value!r}): give seconds, more than 0 and at most {most:.0f}")
