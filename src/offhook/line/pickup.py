"""One call, from the moment its agent is in the room to the moment the line is closed and the journal is safe."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from livekit.agents import AgentSession, JobContext, tts

from offhook.core.call import Call, Caller, read_metadata
from offhook.core.errors import OffhookError
from offhook.core.facts import CallerFound, Connected, Ended, EndWanted, Fact, Planned, Warned
from offhook.core.ports import Recorder
from offhook.journal.writer import Journal
from offhook.line.announce import Announcer
from offhook.line.arrivals import Arrivals
from offhook.line.clips import clips_for
from offhook.line.events import RoomWatch, caller_of
from offhook.line.leave import RoomLine
from offhook.line.putdown import put_down
from offhook.line.remote import Remote
from offhook.models.build import voice
from offhook.session.act import SessionHands
from offhook.session.after import Hook
from offhook.session.handlers import Handler, Handlers
from offhook.session.ledger import Ledger
from offhook.session.listen import listen
from offhook.session.ongoing import OngoingCall
from offhook.session.speak import SessionVoice
from offhook.session.supervisor import Supervisor
from offhook.session.throat import Throat
from offhook.settings import Settings, load_settings

__all__ = ["Pickup", "picked_up"]

log = logging.getLogger("offhook")

_OVERDUE = 1.0
"""Seconds after the end of the call in which an entrypoint comes back by itself."""


class Pickup:
    """A call that can be reached, journalled and ended, with or without a session yet."""

    def __init__(self, ctx: JobContext, settings: Settings, recorder: Recorder) -> None:
        self.ctx = ctx
        self.settings = settings
        self.connected = False
        self._overdue: asyncio.TimerHandle | None = None
        self._call: Call | None = None
        self.session: AgentSession[Any] | None = None
        self.hooks: Sequence[Hook] = ()
        self._throat = Throat()
        self.announcer = Announcer(ctx.room, voice=self._spare_voice, throat=self._throat, post=self._post)
        self.line = RoomLine(ctx, lambda: self._watch.identity)
        self.supervisor = Supervisor(ctx.job.id, line=self.line, voice=self.announcer, recorder=recorder)
        self.supervisor.observers.append(self._throat.notice)
        self.supervising = asyncio.create_task(self.supervisor.run(), name="offhook supervisor")
        self.supervising.add_done_callback(self._call_is_over)
        self.handlers = Handlers(self._post)
        self._watch = RoomWatch(ctx.room, self.supervisor.post)
        self.arrivals = Arrivals(ctx.room, lambda: self._watch.identity, self._post)
        self._shutdown = ctx.shutdown
        setattr(ctx, "shutdown", self._asked_to_shut_down)  # noqa: B010  # mypy knows it as a method

    def _post(self, fact: Fact) -> None:
        self.supervisor.post(fact)

    async def connect(self) -> None:
        """Join the room and be reachable, before anything that may take long."""
        post = self.supervisor.post
        if self.ctx.is_fake_job():
            self.connected = True
            # The console's mock room answers every question with a truthy mock: ask it nothing.
            post(Connected("console", "console"))
            post(CallerFound("console", phone=False, active=True))
            return
        await self.ctx.connect()
        self.connected = True
        me = self.ctx.room.local_participant
        if self.settings.livekit_api_secret is not None:
            secret = self.settings.livekit_api_secret.get_secret_value()
            Remote(self.ctx.job.id, secret, self.supervisor.post_safely).register(me)
        post(Connected(self.ctx.room.name, me.identity))
        self._watch.start()
        self.arrivals.start()
        self.line.prepare()

    @property
    def caller_came(self) -> bool:
        return self.ctx.is_fake_job() or self._watch.caller.done()

    async def caller_there(self) -> Call:
        """Wait for the caller, ringing or active, and say who calls whom. Raises when the call is over before."""
        if self.ctx.is_fake_job():
            return self.known()
        caller = asyncio.ensure_future(asyncio.shield(self._watch.caller))
        waiting: set[asyncio.Future[Any]] = {caller, self.supervising}
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        if not caller.done():
            caller.cancel()
            raise OffhookError("the call was over before a caller came")
        return self.known()

    def known(self) -> Call:
        """Who calls whom, once the caller is there; raises `OffhookError` before."""
        if self._call is not None:
            return self._call
        job = self.ctx.job
        if self.ctx.is_fake_job():
            self._call = Call(job.id, "console", Caller("console", "console"))
        elif self._watch.caller.done():
            data, problem = read_metadata(job.metadata)
            caller = caller_of(self._watch.caller.result())
            self._call = Call(job.id, self.ctx.room.name, caller, metadata=job.metadata, data=data, problem=problem)
            if problem:
                self.supervisor.post(Warned(problem))
        else:
            raise OffhookError("the caller is not there yet; ask again after the session has started")
        return self._call

    def _asked_to_shut_down(self, reason: str = "") -> None:
        """`ctx.shutdown()` by anybody is a wish to end the call properly, not to leave the caller alone in the room."""
        self.supervisor.post(EndWanted("agent_ended", goodbye="", by="ctx.shutdown", detail=reason))

    def attach(
        self,
        session: AgentSession[Any],
        planned: Planned,
        *,
        on: Mapping[type[Fact], Handler] | None = None,
        after: Sequence[Hook] = (),
    ) -> OngoingCall:
        """Put the session under supervision. Before it starts, so that nothing it does is missed."""
        self.session, self.hooks = session, after
        ledger = Ledger(session, self.supervisor.post)
        listen(session, self.supervisor.post, self.supervisor.now, ledger.take)
        self.announcer.sounds.clips = clips_for(planned.dead_air)
        self.supervisor.voice = SessionVoice(session, fallback=self.announcer, throat=self._throat)
        ongoing = OngoingCall(
            session, self.supervisor.post, self.known, silence=planned.silence, handlers=self.handlers
        )
        self.supervisor.observers.append(ongoing.notice)
        self.supervisor.post(planned)
        for kind, handler in (on or {}).items():
            ongoing.on(kind, handler)
        self.supervisor.hands = SessionHands(ongoing)
        return ongoing

    def _spare_voice(self) -> tts.TTS[Any] | None:
        mouth = self.session.tts if self.session is not None else voice(self.settings)
        return mouth if isinstance(mouth, tts.TTS) else None

    def _call_is_over(self, _: asyncio.Task[Ended]) -> None:
        """An entrypoint that does not come back by itself is cancelled by LiveKit, 15 s after we leave."""
        self._overdue = asyncio.get_running_loop().call_later(_OVERDUE, self._shutdown, "the call is over")

    def came_back(self) -> None:
        """The entrypoint is done with the call."""
        if self._overdue is not None:
            self._overdue.cancel()

    def leave(self, reason: str) -> None:
        """Tell LiveKit that this job is done."""
        self._shutdown(reason)


@asynccontextmanager
async def picked_up(ctx: JobContext) -> AsyncIterator[Pickup]:
    """Be in the room, reachable, journalled and supervised; leaving waits for the end of the call."""
    started = time.monotonic()
    settings = load_settings()
    journal = Journal.open(settings.journal)
    pickup = Pickup(ctx, settings, journal)
    putting_down = asyncio.create_task(put_down(pickup, journal), name="offhook put down")
    try:
        try:
            await pickup.connect()
            log.info("picked up", extra={"call": ctx.job.id, "ms": round((time.monotonic() - started) * 1000)})
            yield pickup
        except Exception as error:
            if pickup.connected:
                pickup.supervisor.post(EndWanted("error", by="entrypoint", detail=f"{type(error).__name__}: {error}"))
                await asyncio.shield(pickup.supervising)
            raise
        await asyncio.shield(pickup.supervising)
    except asyncio.CancelledError:
        # LiveKit cancels an entrypoint that outlives its shutdown by 15 s: nobody is left to speak to.
        pickup.supervisor.post(EndWanted("shutdown", goodbye="", by="livekit", detail="the job was cancelled"))
        raise
    finally:
        if not pickup.connected:
            pickup.supervising.cancel()
        pickup.came_back()
        await asyncio.shield(putting_down)
