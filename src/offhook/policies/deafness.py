"""Notices a voice that the recogniser has no words for; a part of the watch over dead air."""

import math

from offhook.core.facts import CallerTurned
from offhook.core.stall import DeadAir

__all__ = ["Deafness"]

RECENT = 3.0
"""Seconds after a sound in which words still belong to it."""


class Deafness:
    """`due` is when a voice was too long without words, `turns` how many there were in a row."""

    def __init__(self) -> None:
        self.due = math.inf
        self.turns = 0
        self._since: float | None = None
        self._ended = -math.inf

    def turned(self, fact: CallerTurned, plan: DeadAir, *, owed: bool) -> None:
        """The caller is heard, or no longer; words are `owed` only for what is not said into the agent's own."""
        if fact.state == "speaking":
            self._since, self.due = fact.since, math.inf
        elif self._since is not None:
            long = fact.since - self._since >= plan.voiced
            self._since, self._ended = None, fact.since
            self.due = fact.since + plan.deaf if long and owed else math.inf

    def understood(self) -> None:
        """There are words."""
        self.due, self.turns = math.inf, 0

    def last_sound(self, now: float) -> float:
        """When the words that come now were said."""
        return self._ended if now - self._ended < RECENT else now

    def count(self, plan: DeadAir, now: float) -> str:
        """One more turn without words, and why it is one."""
        self.due, self.turns = math.inf, self.turns + 1
        return f"a voice was heard and no word in {now - self._ended:.1f} s, {self.turns} of {plan.deafs}"
