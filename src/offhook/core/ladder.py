"""The silence ladder as data: what happens after how many seconds without a word."""

import math
from dataclasses import dataclass
from typing import Literal

from offhook.core.errors import PlanError

__all__ = ["Silence", "Step", "ask", "away", "end", "goodbye", "say"]

MAX_AFTER = 3600.0


@dataclass(frozen=True, slots=True)
class Step:
    """One rung: wait `after` seconds of silence, then do it. Made by `say`, `ask`, `away`, `goodbye` and `end`."""

    kind: Literal["say", "ask", "away", "goodbye", "end"]
    after: float
    text: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.after, int | float) or not math.isfinite(self.after) or not 0 < self.after <= MAX_AFTER:
            raise PlanError(f"{self.kind}(after={self.after!r}): give seconds, more than 0 and at most {MAX_AFTER:.0f}")
        if self.kind in ("say", "ask", "goodbye") and not (isinstance(self.text, str) and self.text.strip()):
            raise PlanError(f"{self.kind}(after={self.after:g}) has no text; say what the caller should hear")

    @property
    def final(self) -> bool:
        return self.kind in ("goodbye", "end")


@dataclass(frozen=True, slots=True, init=False)
class Silence:
    """A ladder of steps. Words and keys step off it; noise only holds it still, at most `hold` seconds at a time."""

    steps: tuple[Step, ...]
    hold: float

    def __init__(self, *steps: Step, hold: float = 6.0) -> None:
        for number, step in enumerate(steps, 1):
            if not isinstance(step, Step):
                raise PlanError(f"Silence(...): step {number} is {step!r}; use say, ask, away, goodbye or end")
            if step.final and number < len(steps):
                raise PlanError(f"Silence(...): step {number} ends the call, so step {number + 1} can never come")
        if not steps:
            raise PlanError("Silence(...) needs at least one step; leave `silence` out if there is to be none")
        if not (math.isfinite(hold) and hold > 0):
            raise PlanError(f"Silence(hold={hold!r}): give a positive number of seconds")
        object.__setattr__(self, "steps", steps)
        object.__setattr__(self, "hold", float(hold))


def say(text: str, *, after: float) -> Step:
    """After so many seconds of silence, say this."""
    return Step("say", after, text)


def ask(instructions: str, *, after: float) -> Step:
    """After so many seconds of silence, let the model speak by these instructions."""
    return Step("ask", after, instructions)


def away(*, after: float) -> Step:
    """After so many seconds of silence, call the caller away; `user_state_changed` handlers see it."""
    return Step("away", after)


def goodbye(text: str, *, after: float) -> Step:
    """After so many seconds of silence, say goodbye and end the call."""
    return Step("goodbye", after, text)


def end(*, after: float) -> Step:
    """After so many seconds of silence, end the call without a word."""
    return Step("end", after)
