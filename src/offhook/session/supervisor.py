"""Feeds the policies facts and has their wishes carried out; everything goes through the journal on its way."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from offhook.core.facts import Applied, Did, EndCancelled, Ended, EndWanted, Fact, Failed, LineClosed, Spoken, Tick
from offhook.core.ports import Hands, Line, Policy, Recorder, Voice
from offhook.core.record import Record, body_of
from offhook.core.wishes import (
    Ask,
    Do,
    EndCall,
    HangUp,
    Hush,
    Instruct,
    MarkAway,
    Note,
    Report,
    Resume,
    Retry,
    Say,
    Transfer,
    Wish,
)
from offhook.policies.commands import Switchboard
from offhook.policies.ending import Closer
from offhook.policies.greeting import Greeter
from offhook.policies.limits import Timekeeper
from offhook.policies.presence import Presence
from offhook.policies.returning import Doorkeeper
from offhook.policies.silence import Climber
from offhook.policies.stall import Stall
from offhook.policies.vitals import Vitals
from offhook.session.performers import Performers
from offhook.session.timer import next_of

__all__ = ["Supervisor"]

log = logging.getLogger("offhook")


_DROPPED = (Say, Ask, Do, Instruct, Transfer, Retry)
"""What nobody but the ending may wish for once the end has begun."""


@dataclass(frozen=True, slots=True)
class _Posted:
    """A fact and its number in the journal; a tick gets one only when it leads to something."""

    fact: Fact
    seq: int | None = None


class Supervisor:
    """One inbox, one clock, one loop: no locks. The loop itself never waits for anything but facts and time."""

    def __init__(self, call: str, *, line: Line, voice: Voice, recorder: Recorder) -> None:
        self.voice = voice
        self.hands: Hands | None = None
        self.observers: list[Callable[[Fact], None]] = []
        self._call = call
        self._line = line
        self._recorder = recorder
        self._closer = Closer()
        self._policies: Sequence[Policy] = (
            self._closer,
            Switchboard(),
            Doorkeeper(),
            Vitals(),
            Timekeeper(),
            Presence(),
            Greeter(),
            Stall(),
            Climber(),
        )
        self._inbox: asyncio.Queue[_Posted] = asyncio.Queue()
        self._performers = Performers(self._failed)
        self._closed = False
        self._seq = 1  # 0 is the main process's `Accepted`
        self._loop = asyncio.get_running_loop()
        self._started = self._loop.time()
        self._wall = time.time()

    def now(self) -> float:
        """Seconds on the clock that facts and policies use."""
        return self._loop.time()

    @property
    def over(self) -> bool:
        return self._closer.stage == "over"

    def post(self, fact: Fact, *, cause: int | None = None) -> None:
        """Report a fact. Cheap and synchronous, so any SDK callback may call it; never fails.

        It is in the journal at once, also when the call is over and nobody acts on it any more.
        """
        if self._closed:
            return
        self._inbox.put_nowait(_Posted(fact, self._record(fact, cause=cause)))
        for tell in self.observers:
            tell(fact)

    async def post_safely(self, fact: Fact) -> None:
        """Post a fact once the journal is safe on disk; a journal that is not (said loudly) does not stop it."""
        seq = self._record(fact)
        await self._recorder.safe()
        self._inbox.put_nowait(_Posted(fact, seq))
        for tell in self.observers:
            tell(fact)

    def close(self) -> None:
        """Take no more facts: the call's last one is written, and the journal is about to be closed."""
        self._closed = True

    async def run(self) -> Ended:
        """Supervise until the line is closed or lost; return why, without having it written yet."""
        broken: Ended | None = None
        try:
            while not self.over:
                posted = await self._next()
                self._take(posted)
        except Exception as error:  # a bug of ours must not leave the caller on an open line
            log.exception("the supervisor failed; the line is closed")
            broken = Ended("error", detail=f"the supervisor failed: {error!r}"[:500])
            wish = HangUp("error", "room", detail=broken.detail, why="a bug of ours")
            await self._hang_up(wish, self._record(wish, by="Supervisor"))
        finally:
            await self._performers.stop()
        return replace(broken or self._closer.outcome, seconds=round(self.now() - self._started, 3))

    async def _next(self) -> _Posted:
        deadline = min((p.deadline for p in self._policies if p.deadline is not None), default=None)
        return await next_of(self._inbox, until=deadline) or _Posted(Tick())

    def _take(self, posted: _Posted) -> None:
        now, seq = self.now(), posted.seq
        for policy in self._policies:
            for wish in policy.handle(posted.fact, now):
                if seq is None:
                    seq = self._record(posted.fact)
                self._wish(wish, policy, cause=seq)

    def _wish(self, wish: Wish, policy: Policy, *, cause: int) -> None:
        by = type(policy).__name__
        seq = self._record(wish, cause=cause, by=by)
        if self._closer.begun and isinstance(wish, _DROPPED) and policy is not self._closer:
            self._record(Note(why="dropped: the call is ending"), cause=seq, by="Supervisor")
            return
        match wish:
            case Say() | Ask():
                self._performers.begin(self._speak(wish, seq), f"speak {wish.tag}", instead=True)
            case Hush(tag=tag):
                self._performers.stop_one(f"speak {tag}")
            case Do() | Instruct() | Transfer() | Retry():
                self._performers.begin(self._act(wish, seq), f"{type(wish).__name__.lower()} {wish.tag}")
            case HangUp():
                self._performers.begin(self._hang_up(wish, seq), "hang up")
            case MarkAway():
                self.voice.mark_away(wish)
            case EndCall(reason=reason, goodbye=goodbye, scope=scope, by=wisher):
                self.post(EndWanted(reason, goodbye=goodbye, scope=scope, by=wisher, detail=wish.why), cause=seq)
            case Resume(reason=reason):
                self.post(EndCancelled(reason), cause=seq)
            case Report(id=id_):
                self.post(Applied(id_), cause=seq)

    async def _speak(self, wish: Say | Ask, seq: int) -> None:
        try:
            interrupted = await (self.voice.say(wish) if isinstance(wish, Say) else self.voice.ask(wish))
        except Exception as error:  # noqa: BLE001  # any model may raise anything; the policies decide what follows
            log.warning("a line could not be said", extra={"tag": wish.tag, "error": repr(error)})
            self.post(Spoken(wish.tag, error=f"{type(error).__name__}: {error}"[:500]), cause=seq)
        else:
            self.post(Spoken(wish.tag, interrupted=interrupted), cause=seq)

    async def _act(self, wish: Do | Instruct | Transfer | Retry, seq: int) -> None:
        error = "" if self.hands else "there is no session yet"
        try:
            if self.hands is not None:
                await self.hands.act(wish)
        except Exception as failed:  # a user's function may raise anything; the ladder goes on
            log.exception("a step could not be taken", extra={"tag": wish.tag})
            error = f"{type(failed).__name__}: {failed}"[:500]
        self.post(Did(wish.tag, error=error), cause=seq)

    async def _hang_up(self, wish: HangUp, seq: int) -> None:
        await self._recorder.safe()
        try:
            closed = await self._line.hang_up(wish)
        except Exception as error:  # without a word from the line the call would never end
            log.exception("the line could not be closed", extra={"scope": wish.scope})
            closed = LineClosed(wish.scope, left_open=repr(error)[:500])
        self.post(closed, cause=seq)

    def _failed(self, name: str, error: BaseException) -> None:
        self.post(Failed(name, repr(error)))

    def _record(self, what: Fact | Wish, *, cause: int | None = None, by: str = "") -> int:
        seq, self._seq = self._seq, self._seq + 1
        elapsed = self.now() - self._started
        kind: Literal["fact", "wish"] = "wish" if by else "fact"
        name = type(what).__name__
        body = body_of(what)
        if isinstance(since := body.get("since"), float):
            body["since"] = round(since - self._started, 4)
        self._recorder.append(
            Record(self._call, seq, self._wall + elapsed, round(elapsed, 4), kind, name, body, cause, by)
        )
        return seq
