"""The supervisor of one call: gives facts to the policies and carries out their decisions."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TypeVar, get_args

from offhook.core.commands import Query
from offhook.core.decisions import (
    AnswerConsent,
    Ask,
    CancelEnding,
    Decision,
    EndCall,
    HangUp,
    MarkAway,
    Note,
    PausePlayout,
    PlaceCall,
    ReportCommand,
    ResumePlayout,
    Say,
    StopLine,
)
from offhook.core.facts import (
    ActionFailed,
    CommandReceived,
    CommandResult,
    ConsentAnswered,
    EndCancelled,
    Ended,
    EndRequested,
    Fact,
    Tick,
)
from offhook.core.ports import Action, HangUpPort, Policy, Recorder, Sink, Voice
from offhook.engine.inbox import Inbox, Posted
from offhook.engine.ports import Ports
from offhook.engine.recording import Recording
from offhook.engine.tasks import CallTasks
from offhook.policies import POLICIES
from offhook.policies.ending import EndingPolicy

__all__ = ["Supervisor"]

log = logging.getLogger("offhook")

D = TypeVar("D", bound=Decision)

_NAME = "supervisor"
_DROPPED = (Say, Ask, MarkAway, *get_args(Action))
"""Once the ending has begun, the supervisor drops these decisions of all policies except `EndingPolicy`."""


class Supervisor:
    """Runs the policies of one call in one loop, without locks. The loop waits only for facts and deadlines, not for
    I/O.
    """

    def __init__(self, call: str, *, line: HangUpPort, voice: Voice, recorder: Recorder) -> None:
        self.ports = Ports(line, voice)
        self._records = Recording(call, recorder)
        self._inbox = Inbox(self._records)
        self._policies: Sequence[Policy] = [policy() for policy in POLICIES]
        self._ending = next(policy for policy in self._policies if isinstance(policy, EndingPolicy))
        self._tasks = CallTasks(self._failed)
        self._loop = asyncio.get_running_loop()

    @property
    def sinks(self) -> list[Sink]:
        """The sinks of this call: each gets every fact, in order."""
        return self._inbox.sinks

    def now(self) -> float:
        """Return the time, in seconds on the clock that facts and policies use."""
        return self._loop.time()

    @property
    def over(self) -> bool:
        return self._ending.stage == "over"

    @property
    def hidden(self) -> bool:
        """True if the last record was written without its words, because the audio recording was paused."""
        return self._records.hidden

    @property
    def unrecorded(self) -> frozenset[str]:
        """The texts of messages, and the ids of tool calls, that the journal does not have because the audio recording
        was paused.
        """
        return frozenset(self._records.unrecorded)

    def post(self, fact: Fact, *, cause: int | None = None) -> None:
        """Post a fact; see `Inbox.post`."""
        self._inbox.post(fact, cause=cause)

    async def post_flushed(self, fact: Fact) -> bool:
        """Post a fact after it is on disk; see `Inbox.post_flushed`."""
        return await self._inbox.post_flushed(fact)

    def redact(self) -> Awaitable[bool]:
        """Remove the words from all records so far. The awaited result is True if no copy of the words is left."""
        return self._records.redact()

    def close(self) -> None:
        """Ignore later facts; see `Inbox.close`."""
        self._inbox.close()

    async def run(self) -> Ended:
        """Run until the call is hung up or the room is disconnected. Return the `Ended` fact, which is not recorded
        yet.
        """
        broken: Ended | None = None
        try:
            while not self.over:
                self._handle(await self._next())
        except Exception as error:  # a bug in offhook must not leave the caller in an open call
            log.exception("the supervisor failed; the call is hung up")
            broken = Ended("error", detail=f"the supervisor failed: {error!r}"[:500])
            decision = HangUp("error", "room", detail=broken.detail, why="a bug in offhook")
            await self._perform(self._hang_up, decision, self._records.add(decision, by=_NAME))
        finally:
            self._stop()
            await self._tasks.stop()
        return replace(broken or self._ending.outcome, seconds=round(self._records.elapsed, 3))

    def _stop(self) -> None:
        """Stop handling facts. Each command that arrived too late, except a query, gets the result "failed"."""
        for fact, seq in ((posted.fact, posted.seq) for posted in self._inbox.stop()):
            if isinstance(fact, CommandReceived) and not isinstance(fact.verb, Query):
                self.post(CommandResult(fact.id, "failed", "nothing was done: the call is over"), cause=seq)

    async def _next(self) -> Posted:
        deadline = min((policy.deadline for policy in self._policies if policy.deadline is not None), default=None)
        return await self._inbox.next(until=deadline) or Posted(Tick())

    def _handle(self, posted: Posted) -> None:
        now, seq = self.now(), posted.seq
        for policy in self._policies:
            for decision in policy.handle(posted.fact, now):
                if seq is None:
                    seq = self._records.add(posted.fact)
                self._decide(decision, policy, cause=seq)
        if self._ending.stage in ("tail", "closing"):
            self.ports.voice.mute()

    def _decide(self, decision: Decision, policy: Policy, *, cause: int) -> None:
        """Record the decision and carry it out. While the call is ending, drop speech and actions of all
        policies except `EndingPolicy`.
        """
        seq = self._records.add(decision, cause=cause, by=policy.name)
        if self._ending.begun and isinstance(decision, _DROPPED) and policy is not self._ending:
            self._records.add(Note(why="dropped: the call is ending"), cause=seq, by=_NAME)
            return
        self._carry_out(decision, seq)

    def _carry_out(self, decision: Decision, seq: int) -> None:
        match decision:
            case Say() | Ask():
                self._tasks.begin(self._perform(self.ports.speak, decision, seq), f"speak {decision.tag}", instead=True)
            case StopLine(tag=tag):
                self._tasks.stop_one(f"speak {tag}")
            case HangUp():
                self._tasks.begin(self._perform(self._hang_up, decision, seq), "hang up")
            case MarkAway() | PausePlayout() | ResumePlayout():
                self.ports.change(decision)
            case EndCall(reason=reason, goodbye=goodbye, scope=scope, by=by, headers=headers, why=why):
                asked = EndRequested(reason, goodbye=goodbye, scope=scope, by=by, detail=why, headers=headers)
                self.post(asked, cause=seq)
            case CancelEnding(reason=reason):
                self.post(EndCancelled(reason), cause=seq)
            case ReportCommand() | AnswerConsent():
                self.post(_reported(decision), cause=seq)
            case PlaceCall():
                self._tasks.begin(self._perform(self.ports.dial, decision, seq), "dial", instead=True)
            case Note():
                pass
            case _:
                self._tasks.begin(
                    self._perform(self.ports.act, decision, seq), f"{type(decision).__name__} {decision.tag}"
                )

    async def _perform(self, carry_out: Callable[[D], Awaitable[Fact]], decision: D, seq: int) -> None:
        """Carry out the decision through a port, and post the result."""
        self.post(await carry_out(decision), cause=seq)

    async def _hang_up(self, decision: HangUp) -> Fact:
        await self._records.flushed()
        return await self.ports.hang_up(decision)

    def _failed(self, name: str, error: BaseException) -> None:
        self.post(ActionFailed(name, repr(error)))


def _reported(decision: ReportCommand | AnswerConsent) -> Fact:
    """Return the fact to post for this decision."""
    if isinstance(decision, AnswerConsent):
        return ConsentAnswered(decision.answer, decision.how, decision.said)
    return CommandResult(decision.id, decision.status, decision.detail, final=decision.final)
