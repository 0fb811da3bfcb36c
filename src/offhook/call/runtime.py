"""Connects the parts of one call that work from the moment when the agent joins the room until the hang-up."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from livekit.agents import AgentSession, JobContext, tts

from offhook.announce.announcer import Announcer
from offhook.call.arrival import Arrival
from offhook.call.attached import AttachedSession
from offhook.call.connection import RoomConnection
from offhook.call.job_end import JobEnd
from offhook.call.twin import TwinCheck
from offhook.call.view import LiveView
from offhook.core.decisions import HangUp
from offhook.core.dial import Dial
from offhook.core.facts import Fact, HangUpDone, Planned
from offhook.core.ports import Recorder
from offhook.engine.handlers import Handler, Handlers
from offhook.engine.supervisor import Supervisor
from offhook.engine.voice_health import VoiceHealth
from offhook.models.build import build_tts
from offhook.room.dial import Dialler
from offhook.room.dial_guard import DialGuard
from offhook.session.hooks import Hook
from offhook.session.ongoing import OngoingCall
from offhook.settings import Settings

__all__ = ["CallRuntime"]


class CallRuntime:
    """One call. The call accepts commands, writes the journal and can be ended, even before the session exists."""

    def __init__(self, ctx: JobContext, settings: Settings, recorder: Recorder, *, outbound: bool = False) -> None:
        self.ctx = ctx
        self.settings = settings
        self.outbound = outbound
        """True if the plan function runs before a caller has joined, because the plan may dial a phone."""
        self._dialler: Dialler | None = None
        self.attached = AttachedSession(self)
        self.voice_health = VoiceHealth()
        self.announcer = Announcer(ctx.room, voice=self._announcer_tts, voice_health=self.voice_health, post=self._post)
        self.supervisor = Supervisor(ctx.job.id, line=self, voice=self.announcer, recorder=recorder)
        self.view = LiveView(
            ctx.job.id,
            settings.journal,
            recorder=recorder,
            clock=self.supervisor.now,
            agent=ctx.job.agent_name,
            hidden=lambda: self.supervisor.hidden,
        )
        self.twin_check = TwinCheck(ctx.job.id, settings.journal, recorder=recorder, post=self._post)
        # These sinks get every fact of the call, because they are added before the supervisor runs.
        self.supervisor.sinks.extend((self.voice_health, self.view, self.twin_check))
        self.handlers = Handlers(self._post)
        self.connection = RoomConnection(ctx, settings, outbound=outbound, post=self._post)
        self.job_end = JobEnd(ctx, self._post)
        self.supervising = asyncio.create_task(self.supervisor.run(), name="offhook supervisor")
        self.supervising.add_done_callback(self.job_end.on_call_end)
        self.arrival = Arrival(
            ctx,
            self.connection.watch,
            outbound=outbound,
            supervising=self.supervising,
            followed=self.view.followed,
            post=self._post,
        )

    def _post(self, fact: Fact) -> None:
        self.supervisor.post(fact)

    async def connect(self) -> None:
        """Join the room and accept commands. Call this before any work that may take a long time."""
        await self.connection.join(self.view, self.supervisor.post_flushed)

    def attach(
        self,
        session: AgentSession[Any],
        planned: Planned,
        *,
        on: Mapping[type[Fact], Handler] | None = None,
        after: Sequence[Hook] = (),
    ) -> OngoingCall:
        """Supervise the session. Call this before the session starts, so that no event is missed."""
        return self.attached.attach(session, planned, on=on, after=after)

    def use_dialler(self, dial: Dial) -> None:
        """Prepare to dial this phone. When the phone is answered, its participant becomes the caller."""
        watch = self.connection.watch
        self._dialler = Dialler(
            dial,
            server=lambda: self.connection.closer.server,
            room=self.ctx.room,
            active=watch.caller,
            guard=DialGuard(self.ctx.job.id, self.settings.journal),
            post=self._post,
        )
        self.supervisor.ports.dialler = self._dialler
        watch.expect(self._dialler.answered)

    async def hang_up(self, decision: HangUp) -> HangUpDone:
        """Stop dialling and stop a running warm transfer. Then send the last records to followers of the call, and hang
        up.
        """
        if self._dialler is not None:
            await self._dialler.cancel()
        if self.attached.warm_transfers is not None:
            await self.attached.warm_transfers.stop()
        await self.view.tell_followers(patient=self.outbound and not self.connection.watch.caller.done())
        await self.connection.answers_sent()
        return await self.connection.closer.hang_up(decision)

    def _announcer_tts(self) -> tts.TTS[Any] | None:
        """Return the session's TTS. Before there is a session, return the TTS that the settings select. Return None if
        there is no TTS, for example with a Realtime model.
        """
        session = self.attached.session
        model = session.tts if session is not None else build_tts(self.settings)
        return model if isinstance(model, tts.TTS) else None
