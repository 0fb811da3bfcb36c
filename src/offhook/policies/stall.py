"""Sees to it that a caller who has spoken hears something, whatever the models do.

A filler, then a second try, then an apology and the end of the call. LiveKit has no such watch: a model that never
answers leaves the caller in silence for ever (livekit/agents#6171).
"""

import math
from collections.abc import Sequence

from offhook.core.facts import (
    AgentTurned,
    CallerTurned,
    Did,
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
    Unspoken,
    VoiceStalled,
)
from offhook.core.stall import DeadAir
from offhook.core.wishes import EndCall, Hush, Retry, Say, Wish
from offhook.policies.deafness import Deafness

__all__ = ["TAG", "Stall"]

TAG = "filler"
AGAIN = 1.0
"""Seconds that a Realtime model has to come back by itself."""
ENDS = (".", "!", "?", "…", ":", '"', "”", "\u3002", "\uff01", "\uff1f")
"""What the last sentence of an answer ends with; one that was torn off does not."""
LOOP = 3
"""So many calls of tools in one turn that end in silence are no answer; LiveKit lets a model go round so often."""


class Stall:
    """Waits with the caller for the answer, and does not let them wait for ever."""

    def __init__(self) -> None:
        self._plan: DeadAir | None = DeadAir()
        self._ears = Deafness()
        self._tools: dict[str, float] = {}  # what works, and since when
        self._hung = False  # a tool was given up; until it has ended LiveKit goes on thinking
        self._agent = ""
        self._lost = ""  # an error of a Realtime model that speaks: what it had sent is said all the same
        self._fillers = self._failures = 0
        self._filling = self._over = False
        self._floor = False  # the caller was asked to say it again
        self._rest()

    def _rest(self) -> None:
        """Nobody waits."""
        self._since: float | None = None
        self._filler_at = self._retry_at = math.inf
        self._failed = ""
        self._retried = self._letting_go = self._thought = False
        self._tooled = 0

    def _wait(self, plan: DeadAir, *, since: float) -> None:
        """The caller waits since then."""
        self._since, self._fillers = since, 0
        self._filler_at, self._retry_at = since + plan.filler, since + plan.retry

    @property
    def deadline(self) -> float | None:
        if self._over or self._plan is None:
            return None
        waiting = (self._filler_at, self._retry_at, self._give_up_at, self._tool_at) if self._since is not None else ()
        first = min((*waiting, self._ears.due))
        return None if math.isinf(first) else first

    @property
    def _give_up_at(self) -> float:
        assert self._plan is not None
        assert self._since is not None
        return math.inf if self._tools else self._since + self._plan.give_up

    @property
    def _tool_at(self) -> float:
        assert self._plan is not None
        return min(self._tools.values(), default=math.inf) + self._plan.tool

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
                self._caller(fact, self._plan, now)
            case AgentTurned(state=state):
                return self._turned(state, self._plan, now)
            case ModelFailed() | Unspoken() | VoiceStalled() | Said(role="assistant"):
                self._trouble(fact, self._plan, now)
            case _:
                self._worked(fact, self._plan, now)
        return ()

    def _caller(self, fact: Fact, plan: DeadAir, now: float) -> None:
        match fact:
            case CallerTurned(state=state):
                self._ears.turned(fact, plan, owed=self._agent == "listening")
                if state == "speaking":
                    self._floor = False
                    self._rest()
            case Heard(text=text) if text.strip():
                self._ears.understood()
            case Said():
                self._ears.understood()
                self._floor = self._hung = False
                self._wait(plan, since=self._ears.last_sound(now))

    def _worked(self, fact: Fact, plan: DeadAir, now: float) -> None:
        match fact:
            case ToolStarted(id=tool):
                self._tools[tool] = now
                self._tooled += 1
            case ToolEnded(id=tool):
                if self._tools.pop(tool, None) is not None and self._since is not None and not self._tools:
                    self._wait(plan, since=now)
            case Did(tag="retry" | "tool"):
                self._letting_go = False
            case Spoken(tag="filler"):
                self._filling = False
                self._filler_at = now + (plan.working if self._tools else plan.again)

    def _trouble(self, fact: Fact, plan: DeadAir, now: float) -> None:
        match fact:
            case Said(text=text):
                torn = not text.rstrip().endswith(ENDS)
                self._failed, self._lost = self._failed or (self._lost if torn else ""), ""
            case _ if self._letting_go or self._floor:
                return  # of an answer that is given up
            case ModelFailed(recoverable=False, error=error):
                self._failed = error
            case ModelFailed(stage="realtime_model_error", error=error) if self._since is not None:
                # The answer that it was about to give is lost, whether it recovers or not.
                self._failed, self._retry_at = error, min(self._retry_at, now + AGAIN)
            case ModelFailed(stage="realtime_model_error", error=error) if self._agent == "speaking":
                self._lost = error
            case VoiceStalled(since=since):
                self._wait(plan, since=since)
            case Unspoken():
                self._failed = "the voice broke off"

    def _turned(self, state: str, plan: DeadAir, now: float) -> Sequence[Wish]:
        self._agent = state
        match state:
            case "speaking":
                failed, retried = self._failed, self._retried
                self._rest()
                # What failed may have given some words; a second try that breaks off is not followed by a third.
                self._failed, self._retried = failed, retried
                return self._hush("the agent speaks")
            case "thinking":
                self._ears.due, self._thought, self._letting_go = math.inf, True, False
                if self._since is None and not self._hung:
                    self._wait(plan, since=now)
            case "listening" if not (self._letting_go or self._floor):
                return self._fell_silent(plan, now)
        return ()

    def _fell_silent(self, plan: DeadAir, now: float) -> Sequence[Wish]:
        """The agent is done: with its answer, or with trying."""
        if self._since is not None and self._thought and (not self._tooled or self._tooled > LOOP):
            self._failed = self._failed or "it said nothing"
        if self._failed:
            return self._fall(plan, now)
        self._failures = 0
        self._rest()
        return ()

    def _fall(self, plan: DeadAir, now: float) -> Sequence[Wish]:
        """The answer failed: once more, and if that fails too, the caller hears so."""
        if not self._retried:
            if self._since is None:
                self._wait(plan, since=now)
            self._retry_at = now
            return ()
        why, self._failures = f"the second try failed too{self._because()}", self._failures + 1
        self._rest()
        if self._failures > 1:
            return [EndCall("error", by="stall", why=why)]
        self._floor = True
        return self._say(plan.trouble, why)

    def _say(self, text: str, why: str) -> Sequence[Wish]:
        self._filling = True
        return [Say(text, tag=TAG, beside=True, why=why)]

    def _hush(self, why: str) -> Sequence[Wish]:
        filling, self._filling = self._filling, False
        return [Hush(TAG, why=why)] if filling else ()

    def _tick(self, plan: DeadAir, now: float) -> Sequence[Wish]:
        if now >= self._ears.due:
            why = self._ears.count(plan, now)
            over = self._ears.turns >= plan.deafs
            return [EndCall("error", by="stall", why=why)] if over else self._say(plan.unheard, why)
        if self._since is None:
            return ()
        waited = f"{now - self._since:.1f} s since the caller spoke"
        if now >= self._give_up_at:
            why = f"no answer {waited}" + self._because()
            self._rest()
            return [EndCall("error", by="stall", why=why)]
        if now >= self._tool_at:
            return self._tool_late(plan, now)
        if now >= self._retry_at:
            return self._retry(plan, now, f"no answer {waited}" + self._because())
        if now >= self._filler_at:
            self._filler_at = math.inf
            text = plan.fillers[min(self._fillers, len(plan.fillers) - 1)]
            self._fillers += 1
            return self._say(text, f"{'a tool works' if self._tools else 'no answer yet'}, {waited}")
        return ()

    def _retry(self, plan: DeadAir, now: float, why: str) -> Sequence[Wish]:
        self._retry_at = math.inf
        if self._tools:
            return ()
        if self._retried:
            return self._fall(plan, now)
        self._failed, self._retried, self._thought, self._letting_go = "", True, False, True
        return [Retry(tag="retry", why=why)]

    def _tool_late(self, plan: DeadAir, now: float) -> Sequence[Wish]:
        """A tool that hangs is let go, whether it ends then or not: the caller waits for words."""
        self._tools.clear()
        self._hung = True
        self._wait(plan, since=now)
        self._retry_at, self._retried, self._letting_go = math.inf, True, True
        return [Retry(tag="tool", why=f"a tool has worked for {plan.tool:g} s and the caller waits for it")]

    def _because(self) -> str:
        return f": {self._failed}" if self._failed else ""
