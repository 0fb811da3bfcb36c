"""Ends a call that reaches its limit of time or of cost."""

from collections.abc import Sequence
from typing import ClassVar

from offhook.core.decisions import Decision, EndCall, Note, Say
from offhook.core.ending import Limits
from offhook.core.facts import (
    CallerFound,
    CallerStatus,
    Fact,
    Planned,
    QuietChanged,
    SessionStarted,
    Tick,
    UsageUpdated,
)
from offhook.core.usage import cost_of

__all__ = ["TAG", "LimitsPolicy"]

TAG = "limit"
UNANSWERED = 3600.0
"""Seconds that a session waits for the caller to answer.

No phone rings for this long, so after this time an update of the phone's status must have been lost.
"""


class LimitsPolicy:
    """Counts the time and the cost. The time starts when the session can speak and the caller's leg is active, not only
    ringing.
    """

    name: ClassVar[str] = "limits"

    def __init__(self) -> None:
        self._limits = Limits()
        self._ends_at: float | None = None
        self._active = self._started = False
        self._warned = False
        self._quiet = False
        self._ended = False

    @property
    def deadline(self) -> float | None:
        if self._ends_at is None or self._ended:
            return None
        warns = self._active and self._limits.warning and not self._warned
        return self._ends_at - self._limits.warn_before if warns else self._ends_at

    def handle(self, fact: Fact, now: float) -> Sequence[Decision]:
        match fact:
            case Planned(limits=limits):
                self._limits = limits
            case CallerFound(active=True) | CallerStatus(status="active") if not self._active:
                self._active = True
                self._begin(now)
            case SessionStarted() if not self._started:
                self._started = True
                self._begin(now)
            case QuietChanged(mode=mode):
                self._quiet = bool(mode)
            case UsageUpdated():
                return self._count(fact)
            case Tick() if self.deadline is not None and now >= self.deadline:
                return self._on_deadline(now)
        return ()

    def _begin(self, now: float) -> None:
        if self._started:
            self._ends_at = now + (self._limits.seconds if self._active else UNANSWERED)

    def _on_deadline(self, now: float) -> Sequence[Decision]:
        assert self._ends_at is not None
        limits = self._limits
        if not self._active:
            return self._end(f"the caller did not answer within {UNANSWERED:g} s", goodbye="")
        if now < self._ends_at:
            self._warned = True
            if self._quiet:
                return [Note(why="the warning before the limit is not said: the agent is quiet")]
            return [Say(limits.warning, tag=TAG, why=f"{limits.warn_before:g} s of {limits.seconds:g} s are left")]
        return self._end(f"the call reached its limit of {limits.seconds:g} s")

    def _count(self, used: UsageUpdated) -> Sequence[Decision]:
        cost, prices = self._limits.cost, self._limits.prices
        if self._ended or cost is None or prices is None or (spent := cost_of(used, prices)) < cost:
            return ()
        return self._end(f"the models have cost {spent:.4g}; the limit is {cost:g}")

    def _end(self, why: str, goodbye: str | None = None) -> Sequence[Decision]:
        self._ended = True
        return [EndCall("limit", goodbye=self._limits.goodbye if goodbye is None else goodbye, by=self.name, why=why)]
