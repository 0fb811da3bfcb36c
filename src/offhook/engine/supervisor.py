"""The supervisor of one call: gives facts to the policies and carries out their decisions."""

import asyncio
import logging
from collections.abc import Awaitable, Sequence
from dataclasses import replace
from typing import get_args

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
from offhook.core.errors import UnsupportedError
from offhook.core.facts import (
    ActionDone,
    ActionFailed,
    CommandReceived,
    CommandResult,
    ConsentAnswered,
    DialResult,
    EndCancelled,
    Ended,
    EndRequested,
    Fact,
    HangUpDone,
    LinePlayed,
    Tick,
)
from offhook.core.ports import (
    Action,
    Actions,
    DialPort,
    HangUpPort,
    PlayoutPort,
    Policy,
    Recorder,
    Sink,
    Voice,
)
from offhook.engine.inbox import Inbox, Posted
from offhook.engine.recording import Recording
from offhook.engine.tasks import CallTasks
from offhook.engine.user_code import cancelled_by_us
from offhook.policies import POLICIES
from offhook.policies.ending import EndingPolicy

__all__ = ["Supervisor"]

log = logging.getLogger("offhook")

_NAME = "supervisor"
_DROPPED = (Say, Ask, MarkAway, *get_args(Action))
"""Decisions of other policies that are dropped once the ending has begun."""


class Supervisor:
    """Runs the policies of one call in one loop, without locks; it waits only for facts and deadlines, not for I/O."""

    def __init__(self, call: str, *, line: HangUpPort, voice: Voice, recorder: Recorder) -> None:
        self.voice = voice
        self.actions: Actions | None = None
        self.playout: PlayoutPort | None = None
        self.dialler: DialPort | None = None
        self._line = line
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
        """True if the last record was written without its words, because the recording was paused."""
        return self._records.hidden

    @property
    def unrecorded(self) -> frozenset[str]:
        """The texts of messages, and the ids of tool calls, that the journal does not have because the recording was
        paused.
        """
        return frozenset(self._records.unrecorded)

    def post(self, fact: Fact, *, cause: int | None = None) -> None:
        """Post a fact; see `Inbox.post`."""
        self._inbox.post(fact, cause=cause)

    async def post_flushed(self, fact: Fact) -> bool:
        """Post a fact after it is on disk; see `Inbox.post_flushed`."""
        return await self._inbox.post_flushed(fact)

    def redact(self) -> Awaitable[bool]:
        """Remove the words from all records so far. Await the result: True when no copy of the words is left."""
        return self._records.redact()

    def close(self) -> None:
        """Ignore later facts; see `Inbox.close`."""
        self._inbox.close()

    async def run(self) -> Ended:
        """Run until the call is hung up or the room is gone. Return the `Ended` fact, which is not recorded yet."""
        broken: Ended | None = None
        try:
            while not self.over:
                self._handle(await self._next())
        except Exception as error:  # a bug in offhook must not leave the caller in an open call
            log.exception("the supervisor failed; the call is hung up")
            broken = Ended("error", detail=f"the supervisor failed: {error!r}"[:500])
            decision = HangUp("error", "room", detail=broken.detail, why="a bug in offhook")
            await self._hang_up(decision, self._records.add(decision, by=_NAME))
        finally:
            self._stop()
            await self._tasks.stop()
        return replace(broken or self._ending.outcome, seconds=round(self._records.elapsed, 3))

    def _stop(self) -> None:
        """Stop handling facts. A command that arrived behind the last fact gets its result here."""
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
            self.voice.mute()

    def _decide(self, decision: Decision, policy: Policy, *, cause: int) -> None:
        """Record the decision and have it carried out, unless the call is ending."""
        seq = self._records.add(decision, cause=cause, by=policy.name)
        if self._ending.begun and isinstance(decision, _DROPPED) and policy is not self._ending:
            self._records.add(Note(why="dropped: the call is ending"), cause=seq, by=_NAME)
            return
        self._carry_out(decision, seq)

    def _carry_out(self, decision: Decision, seq: int) -> None:
        match decision:
            case Say() | Ask():
                self._tasks.begin(self._speak(decision, seq), f"speak {decision.tag}", instead=True)
            case StopLine(tag=tag):
                self._tasks.stop_one(f"speak {tag}")
            case HangUp():
                self._tasks.begin(self._hang_up(decision, seq), "hang up")
            case MarkAway() | PausePlayout() | ResumePlayout():
                self._carry_out_now(decision)
            case EndCall(reason=reason, goodbye=goodbye, scope=scope, by=by, headers=headers, why=why):
                asked = EndRequested(reason, goodbye=goodbye, scope=scope, by=by, detail=why, headers=headers)
                self.post(asked, cause=seq)
            case CancelEnding(reason=reason):
                self.post(EndCancelled(reason), cause=seq)
            case ReportCommand() | AnswerConsent():
                self.post(_reported(decision), cause=seq)
            case PlaceCall():
                self._tasks.begin(self._dial(decision, seq), "dial", instead=True)
            case Note():
                pass
            case _:
                self._tasks.begin(self._act(decision, seq), f"{type(decision).__name__} {decision.tag}")

    def _carry_out_now(self, decision: MarkAway | PausePlayout | ResumePlayout) -> None:
        if isinstance(decision, MarkAway):
            self.voice.mark_away(decision)
        elif self.playout is not None:
            (self.playout.pause if isinstance(decision, PausePlayout) else self.playout.resume)()

    async def _speak(self, decision: Say | Ask, seq: int) -> None:
        try:
            interrupted = await (self.voice.say(decision) if isinstance(decision, Say) else self.voice.ask(decision))
        except (Exception, asyncio.CancelledError) as error:  # a model may raise anything; the policies handle it
            if cancelled_by_us(error):
                raise
            log.warning("a line could not be played", extra={"tag": decision.tag, "error": repr(error)})
            self.post(LinePlayed(decision.tag, error=f"{type(error).__name__}: {error}"[:500]), cause=seq)
        else:
            self.post(LinePlayed(decision.tag, interrupted=interrupted), cause=seq)

    async def _act(self, decision: Action, seq: int) -> None:
        error, detail = "" if self.actions else "there is no session yet", ""
        try:
            if self.actions is not None:
                detail = await self.actions.act(decision)
        except UnsupportedError as refused:
            error = f"{type(refused).__name__}: {refused}"[:500]
        except (Exception, asyncio.CancelledError) as failed:  # a user's function may raise anything
            if cancelled_by_us(failed):
                raise
            log.exception("an action failed", extra={"tag": decision.tag})
            error = f"{type(failed).__name__}: {failed}"[:500]
        self.post(ActionDone(decision.tag, error=error, detail=detail), cause=seq)

    async def _dial(self, decision: PlaceCall, seq: int) -> None:
        try:
            assert self.dialler is not None, "this call has no phone to dial"
            result = await self.dialler.place(decision.attempt)
        except Exception as error:  # without a `DialResult` the call would wait for ever
            log.exception("dialling failed")
            result = DialResult("failed", text=repr(error)[:500], attempt=decision.attempt)
        self.post(result, cause=seq)

    async def _hang_up(self, decision: HangUp, seq: int) -> None:
        await self._records.flushed()
        try:
            done = await self._line.hang_up(decision)
        except (Exception, asyncio.CancelledError) as error:  # without a `HangUpDone` the call would never end
            if cancelled_by_us(error):
                raise
            log.exception("the call could not be hung up", extra={"scope": decision.scope})
            done = HangUpDone(decision.scope, left_open=repr(error)[:500])
        self.post(done, cause=seq)

    def _failed(self, name: str, error: BaseException) -> None:
        self.post(ActionFailed(name, repr(error)))


def _reported(decision: ReportCommand | AnswerConsent) -> Fact:
    """Return the fact that follows from this decision."""
    if isinstance(decision, AnswerConsent):
        return ConsentAnswered(decision.answer, decision.how, decision.said)
    return CommandResult(decision.id, decision.status, decision.detail, final=decision.final)
