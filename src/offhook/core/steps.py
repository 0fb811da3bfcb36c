"""The steps of a silence ladder. Each step is an action after a number of seconds of silence."""

import math
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from offhook.core.errors import PlanError

__all__ = [
    "MAX_STEPS",
    "MAX_TEXT",
    "Kind",
    "Step",
    "Steps",
    "Work",
    "ask",
    "away",
    "check_seconds",
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
        check_seconds(f"{self.kind}(after=", self.after)
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
    """Step: after this many seconds of silence, mark the caller away; LiveKit's `user_state_changed` handlers run."""
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


def check_seconds(what: str, value: object, *, most: float = MAX_AFTER) -> None:
    """Raise `PlanError` unless `value` is a number of seconds, more than 0 and at most `most`. `what` is the beginning
    of the error message.
    """
    wrong = isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value)
    if wrong or not 0 < float(value) <= most:  # type: ignore[arg-type]  # a number if not `wrong`
        raise PlanError(f"{what}{value!r}): give seconds, more than 0 and at most {most:.0f}")
