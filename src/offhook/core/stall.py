"""How long a caller who has spoken may wait for an answer, and what they hear meanwhile, as data."""

import math
from dataclasses import dataclass, field

from offhook.core.errors import PlanError

__all__ = ["DeadAir"]

TIMES = ("filler", "again", "working", "retry", "give_up", "deaf", "voiced", "tool")


@dataclass(frozen=True, slots=True)
class DeadAir:
    """Budgets in seconds, counted from the end of what the caller said.

    `filler`: the first of `fillers` is said. `again`: so long after a filler the next one is said (`working`, while a
    tool works). `retry`: the model is asked once more. `give_up`: the call ends with the apology of `Ending`.
    A voice of at least `voiced` seconds without a word from the recogniser within `deaf` seconds is asked to repeat
    (`unheard`); after `deafs` such turns in a row the call ends, for whoever is not understood is not helped.
    A tool that the caller waits for is given up after `tool` seconds, and the model is told so.
    When the second try fails too, `trouble` is said; at the second such turn in a row the call ends.
    A model that calls the same function with the same arguments for the `same`-th time in one turn, or more than
    `tools_in_turn` in one turn or `tools_in_call` in the whole call, is told so instead, and answers in words.
    """

    filler: float = 2.5
    again: float = 4.0
    working: float = 10.0
    retry: float = 6.0
    give_up: float = 12.0
    deaf: float = 3.0
    voiced: float = 1.0
    tool: float = 20.0
    deafs: int = 3
    same: int = 3
    tools_in_turn: int = 16
    tools_in_call: int = 400
    fillers: tuple[str, ...] = field(default=("One moment, please.", "I am still on it."))
    unheard: str = "I am sorry, I did not hear that. Could you say it again?"
    trouble: str = "I am sorry, I have some trouble right now. Could you say that again?"

    def __post_init__(self) -> None:
        for name in TIMES:
            value = getattr(self, name)
            if not (math.isfinite(value) and 0 < value <= 600):
                raise PlanError(f"DeadAir({name}={value!r}): give seconds, more than 0 and at most 600")
        if not self.filler < self.retry < self.give_up:
            raise PlanError(
                f"DeadAir(filler={self.filler:g}, retry={self.retry:g}, give_up={self.give_up:g}): "
                "the filler comes first, then the retry, and giving up is last"
            )
        if self.deafs < 1:
            raise PlanError(f"DeadAir(deafs={self.deafs!r}): give how many turns, 1 or more")
        for name, least in (("same", 2), ("tools_in_turn", 1), ("tools_in_call", 1)):
            if getattr(self, name) < least:
                raise PlanError(
                    f"DeadAir({name}={getattr(self, name)!r}): give how many calls of tools, {least} or more"
                )
        if not self.fillers or not all(text.strip() for text in (*self.fillers, self.unheard, self.trouble)):
            raise PlanError("DeadAir(...): give texts that can be heard for fillers, unheard and trouble")
