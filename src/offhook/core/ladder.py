"""The value `Silence`, the silence ladder: the steps, and what delays the steps."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from offhook.core.errors import PlanError
from offhook.core.steps import MAX_STEPS, Step, Steps, check_seconds

__all__ = ["Caps", "Silence"]


@dataclass(frozen=True, slots=True)
class Caps:
    """The maximum number of seconds for which each cause may stop the silence count. After that time, the count starts
    although the cause still lasts.

    `tool`: a tool runs. `thinking`: the model makes an answer, a step's line has not started (for example because no
    client receives the agent's audio yet), or a step's action has not ended. `speaking`: the agent speaks. `paused`:
    hold, transfer, voicemail detection or `pause()`.
    """

    tool: float = 60.0
    thinking: float = 20.0
    speaking: float = 300.0
    paused: float = 300.0

    def __post_init__(self) -> None:
        for name in ("tool", "thinking", "speaking", "paused"):
            check_seconds(f"Caps({name}=", getattr(self, name))


@dataclass(frozen=True, slots=True, init=False)
class Silence:
    """The steps that the agent takes while the caller says nothing.

    Words and phone keys reset the ladder. Noise delays a step by up to `hold` seconds. `opening` replaces the steps
    until the caller has said something or pressed a key. After a question of the agent, `question` replaces the
    steps. `away="first"`: the first step also marks the caller away (LiveKit's `user_state`). `away="always"`:
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
        check_seconds("Silence(hold=", hold)
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
