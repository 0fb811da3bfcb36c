"""Sees to it that a caller who has spoken hears something, whatever the models do.

A filler, then a second try, then an apology and the end of the call. LiveKit has no such watch: a model that never
answers leaves the caller in silence for ever (livekit/agents#6171).
"""

import math
from collections.abc import Sequence

from offhook.core.facts import (
    AgentTurned,
    CallerTurned,
    EndCancelled,
    EndWanted,
    Fact,
    Heard,
    ModelFailed,
    Planned,
    Said,
    Tick,
)
from offhook.core.stall import DeadAir
from offhook.core.wishes import EndCall, Retry, Wish
from offhook.policies.answer import TAG, Answer
from offhook.policies.deafness import Deafness

__all__ = ["TAG", "Stall"]

DEAF = 2
"""The turn without words in a row at which the next recogniser is tried; the first may have been a noise."""


class Stall:
    """Waits with the caller for the answer, and does not let them wait for ever."""

    def __init__(self) -> None:
        self._plan: DeadAir | None = DeadAir()
        self._ears = Deafness()
        self._answer = Answer()
        self._over = False

    @property
    def deadline(self) -> float | None:
        if self._over or self._plan is None:
            return None
        first = min(self._answer.due(self._plan), self._ears.due)
        return None if math.isinf(first) else first

    def handle(self, fact: Fact, now: float) -> Sequence[Wish]:
        match fact:
            case Planned(dead_air=plan):
                self._plan = plan
            case EndWanted():
                self._over = True
                return self._answer.hush("the call is ending")
            case EndCancelled():
                self._over = False
                self._answer.rest()
            case _ if self._plan is None or self._over:
                return ()
            case Tick():
                return self._deaf(self._plan, now) if now >= self._ears.due else self._answer.tick(self._plan, now)
            case _:
                return [*self._caller(fact, self._plan, now), *self._answer.take(fact, self._plan, now)]
        return ()

    def _caller(self, fact: Fact, plan: DeadAir, now: float) -> Sequence[Wish]:
        match fact:
            case CallerTurned(state=state):
                self._ears.turned(fact, plan, owed=self._answer.agent == "listening")
                if state == "speaking":
                    self._answer.caller_speaks()
            case Heard(text=text, final=final) if text.strip():
                self._ears.understood(text, now, final=final)
            case Said(role="user"):
                lost = self._ears.committed()
                self._answer.asked(plan, since=self._ears.last_sound(now))
                if lost:
                    return self._answer.unheard("the recogniser broke off while the caller spoke")
            case ModelFailed(stage="stt_error"):
                self._ears.broke_off(now)
            case AgentTurned(state="thinking"):
                self._ears.due = math.inf
        return ()

    def _deaf(self, plan: DeadAir, now: float) -> Sequence[Wish]:
        why = self._ears.count(plan, now)
        if self._ears.turns >= plan.deafs:
            return [EndCall("error", by="stall", why=why)]
        asked = self._answer.say(plan.unheard, why)
        return [Retry("ears", why=why), *asked] if self._ears.turns == DEAF else asked
