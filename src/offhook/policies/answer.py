"""The answer that a caller waits for: fillers, a second try, and what follows when that fails too."""

import math
from collections.abc import Sequence

from offhook.core.facts import (
    AgentTurned,
    AskedBeside,
    Did,
    Fact,
    ModelFailed,
    Said,
    Spoken,
    ToolEnded,
    ToolRefused,
    ToolStarted,
    Unspoken,
    VoiceStalled,
)
from offhook.core.stall import DeadAir
from offhook.core.wishes import EndCall, Hush, Retry, Say, Wish
from offhook.policies.calls import Work
from offhook.policies.failing import Failing
from offhook.policies.waiting import Waiting

__all__ = ["TAG", "Answer"]

TAG = "filler"
UNHEARD = "unheard"


class Answer:
    """A part of the watch over dead air: knows what the agent does, and what it owes."""

    def __init__(self) -> None:
        self.agent = ""
        self.work = Work()
        self._wait = Waiting()
        self._try = Failing()
        self._failures = 0
        self._filling = False
        self._floor = False  # the caller was asked to say it again

    def rest(self) -> None:
        """Nobody waits."""
        self._wait.rest()
        self._try.rest()
        self.work.in_turn = 0

    def caller_speaks(self) -> None:
        self._floor = False
        self.rest()

    def asked(self, plan: DeadAir, *, since: float) -> None:
        """The caller has said something, and waits since then."""
        self._floor = self.work.hung = False
        self._wait.begin(plan, since=since)

    def unheard(self, why: str) -> Sequence[Wish]:
        """The caller is asked to say it again, once what the model would say to it is given up."""
        self._wait.rest()
        self._floor = True
        return [Retry(UNHEARD, why=why)]

    def due(self, plan: DeadAir) -> float:
        return (
            min(self._wait.due(tools=bool(self.work)), self.work.due(plan))
            if self._wait.since is not None
            else math.inf
        )

    def take(self, fact: Fact, plan: DeadAir, now: float) -> Sequence[Wish]:
        wishes: Sequence[Wish] = ()
        match fact:
            case AgentTurned(state=state):
                wishes = self._turned(state, plan, now)
            case ModelFailed() | Unspoken() | VoiceStalled() | Said(role="assistant"):
                self._trouble(fact, plan, now)
            case _:
                wishes = self._worked(fact, plan, now)
        self.work.notice(fact)
        return wishes

    def _worked(self, fact: Fact, plan: DeadAir, now: float) -> Sequence[Wish]:
        match fact:
            case ToolStarted():
                if why := self.work.started(fact, plan, now):
                    return self._loops(why)
            case ToolEnded(id=tool):
                if self.work.ended(tool) and self._wait.since is not None:
                    self._wait.begin(plan, since=now)
            case ToolRefused():
                self.work.refused()
            case AskedBeside():
                self._try.beside()
            case Did(tag="retry" | "tool" | "loop"):
                self._try.letting_go = False
            case Did(tag="unheard") if self._floor:
                return [Say(plan.unheard, tag=UNHEARD, why="the answer to what was heard in part is given up")]
            case Spoken(tag="filler"):
                self._filling = False
                self._wait.filler_at = now + (plan.working if self.work else plan.again)
        return ()

    def _loops(self, why: str) -> Sequence[Wish]:
        """A model that only calls tools is asked for words; if it does not obey, that was its second try."""
        if self._try.retried:
            return ()
        self._try.again()
        return [Retry("loop", why=why)]

    def _trouble(self, fact: Fact, plan: DeadAir, now: float) -> None:
        if not isinstance(fact, Said) and (self._try.letting_go or self._floor):
            return  # of an answer that is given up
        if isinstance(fact, VoiceStalled):
            self._wait.begin(plan, since=fact.since)
            return
        again = self._try.notice(fact, now, waiting=self._wait.since is not None, agent=self.agent)
        self._wait.retry_at = min(self._wait.retry_at, again)

    def _turned(self, state: str, plan: DeadAir, now: float) -> Sequence[Wish]:
        self.agent = state
        match state:
            case "speaking":
                self._wait.rest()
                self.work.in_turn = 0
                self._try.spoke()
                return self.hush("the agent speaks")
            case "thinking":
                self._try.thinks()
                if self._wait.since is None and not self.work.hung:
                    self._wait.begin(plan, since=now)
            case "listening" if not (self._try.letting_go or self._floor):
                return self._fell_silent(plan, now)
        return ()

    def _fell_silent(self, plan: DeadAir, now: float) -> Sequence[Wish]:
        """The agent is done: with its answer, or with trying."""
        if self._wait.since is not None and self._try.thought and (not self.work.in_turn or self.work.looping):
            self._try.failed = self._try.failed or "it said nothing"
        if self._try.failed:
            return self._fall(plan, now)
        self._failures = 0
        self.rest()
        return ()

    def _fall(self, plan: DeadAir, now: float) -> Sequence[Wish]:
        """The answer failed: once more, and if that fails too, the caller hears so."""
        if not self._try.retried:
            if self._wait.since is None:
                self._wait.begin(plan, since=now)
            self._wait.retry_at = now
            return ()
        why, self._failures = f"the second try failed too{self._try.because()}", self._failures + 1
        self.rest()
        if self._failures > 1:
            return [EndCall("error", by="stall", why=why)]
        self._floor = True
        return self.say(plan.trouble, why)

    def say(self, text: str, why: str) -> Sequence[Wish]:
        self._filling = True
        return [Say(text, tag=TAG, beside=True, why=why)]

    def hush(self, why: str) -> Sequence[Wish]:
        filling, self._filling = self._filling, False
        return [Hush(TAG, why=why)] if filling else ()

    def tick(self, plan: DeadAir, now: float) -> Sequence[Wish]:
        if self._wait.since is None:
            return ()
        waited, tools = self._wait.told(now), bool(self.work)
        if now >= self._wait.give_up_at(tools=tools):
            why = f"no answer {waited}{self._try.because()}"
            self.rest()
            return [EndCall("error", by="stall", why=why)]
        if now >= self.work.due(plan):
            return self._tool_late(plan, now)
        if now >= self._wait.retry_at:
            return self._retry(plan, now, f"no answer {waited}{self._try.because()}")
        if now >= self._wait.filler_at:
            return self.say(self._wait.next_filler(plan), f"{'a tool works' if tools else 'no answer yet'}, {waited}")
        return ()

    def _retry(self, plan: DeadAir, now: float, why: str) -> Sequence[Wish]:
        self._wait.retry_at = math.inf
        if self.work:
            return ()
        if self._try.retried:
            return self._fall(plan, now)
        self._try.again()
        return [Retry("loop" if self.work.looping else "retry", why=why)]

    def _tool_late(self, plan: DeadAir, now: float) -> Sequence[Wish]:
        """A tool that hangs is let go, whether it ends then or not: the caller waits for words."""
        self.work.let_go()
        self._wait.begin(plan, since=now)
        self._wait.retry_at = math.inf
        self._try.retried = self._try.letting_go = True
        return [Retry("tool", why=f"a tool has worked for {plan.tool:g} s and the caller waits for it")]
