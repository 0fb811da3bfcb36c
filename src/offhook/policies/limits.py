"""Ends a call that has lasted as long, or cost as much, as a call may."""

from collections.abc import Sequence

from offhook.core.ending import Limits, Prices
from offhook.core.facts import Fact, Planned, SessionStarted, Tick, Used
from offhook.core.wishes import EndCall, Say, Wish

__all__ = ["TAG", "Timekeeper", "cost_of"]

TAG = "limit"
MILLION = 1_000_000
MINUTE = 60.0


class Timekeeper:
    """Counts from the start of the session."""

    def __init__(self) -> None:
        self._limits = Limits()
        self._ends_at: float | None = None
        self._warned = False
        self._spent = False

    @property
    def deadline(self) -> float | None:
        if self._ends_at is None or self._spent:
            return None
        return self._ends_at - self._limits.warn if self._limits.warning and not self._warned else self._ends_at

    def handle(self, fact: Fact, now: float) -> Sequence[Wish]:
        match fact:
            case Planned(limits=limits):
                self._limits = limits
            case SessionStarted() if self._ends_at is None:
                self._ends_at = now + self._limits.seconds
            case Used():
                return self._count(fact)
            case Tick() if self.deadline is not None and now >= self.deadline:
                return self._late(now)
        return ()

    def _late(self, now: float) -> Sequence[Wish]:
        assert self._ends_at is not None
        limits = self._limits
        if now < self._ends_at:
            self._warned = True
            return [Say(limits.warning, tag=TAG, why=f"{limits.warn:g} s are left of {limits.seconds:g}")]
        return self._end(f"{limits.seconds:g} s are the longest a call may take")

    def _count(self, used: Used) -> Sequence[Wish]:
        cost, prices = self._limits.cost, self._limits.prices
        if self._spent or cost is None or prices is None or (spent := cost_of(used, prices)) < cost:
            return ()
        return self._end(f"the models have cost {spent:.4g}, and {cost:g} is the most a call may cost")

    def _end(self, why: str) -> Sequence[Wish]:
        self._spent = True
        return [EndCall("limit", goodbye=self._limits.goodbye, by="limits", why=why)]


def cost_of(used: Used, prices: Prices) -> float:
    """What this use costs by these prices."""
    cached = prices.input if prices.cached is None else prices.cached
    tokens = (used.input_tokens - used.cached_tokens) * prices.input + used.cached_tokens * cached
    tokens += used.output_tokens * prices.output + used.characters * prices.characters
    return tokens / MILLION + (used.heard * prices.heard + used.spoken * prices.spoken) / MINUTE
