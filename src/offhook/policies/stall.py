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
    Spoken,
    Tick,
    ToolEnded,
    ToolStarted,
    VoiceStalled,
)
from offhook.core.stall import DeadAir
from offhook.core.wishes import EndCall, Hush, Retry, Say, Wish

__all__ = ["TAG", "Stall"]

TAG = "filler"
RECENT = 3.0
"""Seconds after a sound in which words still belong to it."""


class Stall:
    """Waits with the caller for the answer, and does not let them wait for ever."""

    def __init__(self) -> None:
        self._plan: DeadAir | None = DeadAir()
        self._since: float | None = None  # the caller waits since then
        self._filler_at = math.inf
        self._retry_at = math.inf
        self._fillers = 0
        self._failed = ""
        self._retried = False
        self._failures = 0
        self._filling = False
        self._agent = ""
        self._tools: set[str] = set()
        self._voice_since: float | None = None
        self._sound_ended = -math.inf
        self._deaf_at = math.inf
        self._deafs = 0
        self._over = False

    @property
    def deadline(self) -> float | None:
        if self._over or self._plan is None:
            return None
        waiting = (self._filler_at, self._retry_at, self._give_up_at) if self._since is not None else ()
        first = min((*waiting, self._deaf_at))
        return None if math.isinf(first) else first

    @property
    def _give_up_at(self) -> float:
        assert self._plan is not None
        assert self._since is not None
        return math.inf if self._tools else self._since + self._plan.give_up

    def handle(self, fact: Fact, now: float) -> Sequence[Wish]:
        match fact:
            case Planned(dead_air=plan):
                self._plan = plan
            case EndWanted():
                self._over = True
                return self._hush("the call is ending")
            case EndCancelled():
                self._over = False
                self._rest()
            case _ if self._plan is None or self._over:
                return ()
            case Tick():
                return self._tick(self._plan, now)
            case CallerTurned() | Heard() | Said(role="user"):
                return self._caller(fact, self._plan, now)
            case _:
                return self._answer(fact, self._plan, now)
        return ()

    def _caller(self, fact: Fact, plan: DeadAir, now: float) -> Sequence[Wish]:
        match fact:
            case CallerTurned(state="speaking", since=since):
                self._voice_since, self._deaf_at = since, math.inf
                self._rest()
            case CallerTurned(since=since) if self._voice_since is not None:
                long = since - self._voice_since >= plan.voiced
                self._voice_since, self._sound_ended = None, since
                self._deaf_at = since + plan.deaf if long and self._agent == "listening" else math.inf
            case Heard(text=text) if text.strip():
                self._deaf_at, self._deafs = math.inf, 0
            case Said():
                self._deaf_at, self._deafs = math.inf, 0
                self._wait(plan, since=self._sound_ended if now - self._sound_ended < RECENT else now)
        return ()

    def _answer(self, fact: Fact, plan: DeadAir, now: float) -> Sequence[Wish]:
        match fact:
            case AgentTurned(state=state):
                return self._turned(state, plan, now)
            case ToolStarted(id=tool):
                self._tools.add(tool)
            case ToolEnded(id=tool):
                self._tools.discard(tool)
                if self._since is not None and not self._tools:
                    self._wait(plan, since=now)
            case ModelFailed(recoverable=False, error=error):
                self._failed = error
            case VoiceStalled(since=since):
                self._wait(plan, since=since)
            case Spoken(tag="filler"):
                self._filling = False
                self._filler_at = now + (plan.working if self._tools else plan.again)
        return ()

    def _turned(self, state: str, plan: DeadAir, now: float) -> Sequence[Wish]:
        self._agent = state
        match state:
            case "speaking":
                retried = self._retried
                self._rest()
                self._retried = retried  # a voice that breaks off after the second try is not tried a third time
                return self._hush("the agent speaks")
            case "thinking":
                self._deaf_at = math.inf
                if self._since is None:
                    self._wait(plan, since=now)
            case "listening" if self._failed:
                return self._fall(plan, now)
            case "listening":
                self._failures = 0
                self._rest()  # an agent that has nothing to say may say nothing
        return ()

    def _fall(self, plan: DeadAir, now: float) -> Sequence[Wish]:
        """The answer failed: once more, and if that fails too, the caller hears so."""
        if not self._retried:
            self._wait(plan, since=now if self._since is None else self._since)
            self._retry_at = now
            return ()
        why, self._failures = f"the second try failed too{self._because()}", self._failures + 1
        self._rest()
        if self._failures > 1:
            return [EndCall("error", by="stall", why=why)]
        self._filling = True
        return [Say(plan.trouble, tag=TAG, beside=True, why=why)]

    def _wait(self, plan: DeadAir, *, since: float) -> None:
        self._since = since
        self._filler_at, self._retry_at = since + plan.filler, since + plan.retry
        self._fillers = 0

    def _rest(self) -> None:
        self._since, self._filler_at, self._retry_at = None, math.inf, math.inf
        self._failed, self._retried = "", False

    def _hush(self, why: str) -> Sequence[Wish]:
        filling, self._filling = self._filling, False
        return [Hush(TAG, why=why)] if filling else ()

    def _tick(self, plan: DeadAir, now: float) -> Sequence[Wish]:
        if now >= self._deaf_at:
            return self._deaf(plan, now)
        if self._since is None:
            return ()
        waited = f"{now - self._since:.1f} s since the caller spoke"
        if now >= self._give_up_at:
            self._rest()
            return [EndCall("error", by="stall", why=f"no answer {waited}" + self._because())]
        if now >= self._retry_at:
            self._retry_at, why = math.inf, f"no answer {waited}" + self._because()
            if self._tools:
                return ()
            self._failed, self._retried = "", True
            return [Retry(tag="retry", why=why)]
        if now >= self._filler_at:
            self._filler_at, self._filling = math.inf, True
            text = plan.fillers[min(self._fillers, len(plan.fillers) - 1)]
            self._fillers += 1
            what = "a tool works" if self._tools else "no answer yet"
            return [Say(text, tag=TAG, beside=True, why=f"{what}, {waited}")]
        return ()

    def _because(self) -> str:
        return f": {self._failed}" if self._failed else ""

    def _deaf(self, plan: DeadAir, now: float) -> Sequence[Wish]:
        self._deaf_at = math.inf
        self._deafs += 1
        why = f"a voice was heard and no word in {now - self._sound_ended:.1f} s, {self._deafs} of {plan.deafs}"
        if self._deafs >= plan.deafs:
            return [EndCall("error", by="stall", why=why)]
        self._filling = True
        return [Say(plan.unheard, tag=TAG, beside=True, why=why)]
