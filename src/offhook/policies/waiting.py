"""How long the caller has waited, and when something is due because of it; a part of the watch over dead air."""

import math

from offhook.core.stall import DeadAir

__all__ = ["Waiting"]


class Waiting:
    """`since` is when the waiting began, None while nobody waits; the rest are times at which something is due."""

    def __init__(self) -> None:
        self.rest()

    def rest(self) -> None:
        """Nobody waits."""
        self.since: float | None = None
        self.filler_at = self.retry_at = self._end_at = math.inf
        self._said = 0

    def begin(self, plan: DeadAir, *, since: float) -> None:
        """The caller waits since then."""
        self.since, self._said = since, 0
        self.filler_at, self.retry_at, self._end_at = since + plan.filler, since + plan.retry, since + plan.give_up

    def give_up_at(self, *, tools: bool) -> float:
        """When the call ends for want of an answer; a tool has a budget of its own."""
        return math.inf if tools else self._end_at

    def due(self, *, tools: bool) -> float:
        return min(self.filler_at, self.retry_at, self.give_up_at(tools=tools))

    def next_filler(self, plan: DeadAir) -> str:
        """What is said now; nothing more until that was said."""
        self.filler_at = math.inf
        text = plan.fillers[min(self._said, len(plan.fillers) - 1)]
        self._said += 1
        return text

    def told(self, now: float) -> str:
        assert self.since is not None
        return f"{now - self.since:.1f} s since the caller spoke"
