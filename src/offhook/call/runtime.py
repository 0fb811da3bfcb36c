"""The runtime of one call, from joining the room to the hang-up and the flushed journal."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from livekit.agents import AgentSession, JobContext, tts

from offhook.announce.announcer import Announcer
from offhook.announce.clips import clips_for
from offhook.call.attach import attach
from offhook.call.outbound_call import outbound_call, wait_for_follower
from offhook.call.reach import Reach
from offhook.call.twin import TwinCheck
from offhook.call.view import LiveView
from offhook.call.warm_transfer import WarmTransfers
from offhook.core.call import Call, Caller, read_metadata
from offhook.core.decisions import HangUp
from offhook.core.dial import Dial
from offhook.core.errors import OffhookError
from offhook.core.facts import (
    CallerFound,
    Connected,
    Ended,
    EndRequested,
    Fact,
    HangUpDone,
    Planned,
    RoomDisconnected,
    SessionStarted,
    Warned,
)
from offhook.core.ports import Recorder
from offhook.core.resumed import ATTRIBUTE, Resumed, parse_resumed
from offhook.engine.handlers import Handler, Handlers
from offhook.engine.supervisor import Supervisor
from offhook.engine.voice_health import VoiceHealth
from offhook.models.build import build_tts
from offhook.redaction.redactor import Redactor
from offhook.room.commands import CommandReceiver
from offhook.room.dial import Dialler
from offhook.room.dial_guard import DialGuard
from offhook.room.events import RoomWatch
from offhook.room.hang_up import RoomCloser
from offhook.room.media_watch import MediaWatch
from offhook.room.participants import caller_of, sip_of
from offhook.room.sip_headers import remember_room
from offhook.session.hooks import Hook
from offhook.session.ongoing import OngoingCall
from offhook.settings import Settings
from offhook.tokens import command_keys

__all__ = ["CallRuntime"]

_OVERDUE = 1.0
"""If the entrypoint has not returned this many seconds after the end of the call, the job is shut down."""


class CallRuntime:
    """One call. It accepts commands, writes the journal and can be ended, even before the session exists."""

    def __init__(self, ctx: JobContext, settings: Settings, recorder: Recorder, *, outbound: bool = False) -> None:
        self.ctx = ctx
        self.settings = settings
        self.outbound = outbound
        """True if the plan is asked before anybody is there, because it may dial."""
        self._dialler: Dialler | None = None
        self._warm_transfers: WarmTransfers | None = None
        self.connected = self.begun = False
        self._overdue: asyncio.TimerHandle | None = None
        self._call: Call | None = None
        self.session: AgentSession[Any] | None = None
        self.hooks: Sequence[Hook] = ()
        self.voice_health = VoiceHealth()
        self.announcer = Announcer(ctx.room, voice=self._announcer_tts, voice_health=self.voice_health, post=self._post)
        self.line = RoomCloser(
            ctx, lambda: self.watch.identity, gone=lambda: self._on_room_fact(RoomDisconnected("client_initiated"))
        )
        self.supervisor = Supervisor(ctx.job.id, line=self, voice=self.announcer, recorder=recorder)
        self.supervisor.sinks.append(self.voice_health)  # a sink that is added here gets every fact of the call
        self.view = LiveView(
            ctx.job.id, settings.journal, recorder=recorder, clock=self.supervisor.now, agent=ctx.job.agent_name
        )
        self.supervisor.sinks.append(self.view)
        self.twin_check = TwinCheck(ctx.job.id, settings.journal, recorder=recorder, post=self._post)
        self.supervisor.sinks.append(self.twin_check)
        self.supervising = asyncio.create_task(self.supervisor.run(), name="offhook supervisor")
        self.supervising.add_done_callback(self._on_call_end)
        self.handlers = Handlers(self._post)
        self.watch = RoomWatch(ctx.room, self._on_room_fact, expected=_nobody if outbound else None)
        self.media_watch = MediaWatch(ctx.room, lambda: self.watch.identity, self._post)
        self._receiver: CommandReceiver | None = None
        self._disconnected = False
        self._shutdown = ctx.shutdown
        setattr(ctx, "shutdown", self._on_shutdown)  # noqa: B010  # mypy knows it as a method

    def _post(self, fact: Fact) -> None:
        self.supervisor.post(fact)

    def _on_room_fact(self, fact: Fact) -> None:
        """Post a fact of the room, but only the first `RoomDisconnected`.

        If code of this job disconnects, the SDK may give another reason or no event, so the reason is set here.
        """
        if isinstance(fact, RoomDisconnected):
            if self._disconnected:
                return
            self._disconnected = True
            fact = RoomDisconnected("client_initiated") if self.line.left else fact
        self.supervisor.post(fact)

    async def hang_up(self, decision: HangUp) -> HangUpDone:
        """Hang up, after followers of the call have its last records. A phone that still rings is cancelled first."""
        if self._dialler is not None:
            await self._dialler.cancel()
        if self._warm_transfers is not None:
            await self._warm_transfers.stop()
        await self.view.tell_followers(patient=self.outbound and not self.watch.caller.done())
        if self._receiver is not None:
            await self._receiver.sent()
        return await self.line.hang_up(decision)

    async def connect(self) -> None:
        """Join the room and accept commands. Call this before anything that may take long."""
        post = self.supervisor.post
        if self.ctx.is_fake_job():
            self.connected = True
            # The console's mock room returns a truthy mock for every attribute, so its attributes are not read.
            post(Connected("console", "console"))
            post(CallerFound("console", phone=False, active=True))
            return
        await self.ctx.connect()
        self.connected = True
        me = self.ctx.room.local_participant
        if self.settings.livekit_api_secret is not None:
            secret = self.settings.livekit_api_secret.get_secret_value()
            self._receiver = CommandReceiver(
                self.ctx.job.id,
                command_keys(secret, self.settings.own_command_keys),
                view=self.view,
                post=post,
                post_flushed=self.supervisor.post_flushed,
            )
            self._receiver.register(me)
        post(Connected(self.ctx.room.name, me.identity, self.ctx.job.agent_name, self.settings.agent_version))
        self.watch.start()
        self.media_watch.start()
        self.line.prepare()

    @property
    def resumes(self) -> Resumed | None:
        """The call that this call takes over, because that call's job process died."""
        return None if self.ctx.is_fake_job() else parse_resumed(self.ctx.job.attributes.get(ATTRIBUTE, ""))

    @property
    def caller_came(self) -> bool:
        """True once a caller has joined the room."""
        return self.ctx.is_fake_job() or self.watch.caller.done()

    @property
    def answered(self) -> bool:
        """True if the caller is there and can hear the agent."""
        return self.ctx.is_fake_job() or self.watch.status == "active"

    @property
    def ringing(self) -> bool:
        """True while the caller is a phone that is not answered yet."""
        return self.watch.status == "ringing"

    async def caller_there(self) -> Call:
        """Wait until the caller has joined; a phone may still ring. Raises `OffhookError` if the call ends first.

        An outbound call has no caller yet and does not wait.
        """
        if self.ctx.is_fake_job():
            return self.call_info()
        if self.outbound:
            await wait_for_follower(self.ctx.job, self.view.followed)
            return self.call_info()
        caller = asyncio.ensure_future(asyncio.shield(self.watch.caller))
        waiting: set[asyncio.Future[Any]] = {caller, self.supervising}
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        if not caller.done():
            caller.cancel()
            raise OffhookError("the call ended before a caller joined")
        return self.call_info()

    def call_info(self) -> Call:
        """Return the caller, the room and the metadata. Raises `OffhookError` before the caller has joined."""
        if self._call is not None:
            return self._call
        job = self.ctx.job
        if self.ctx.is_fake_job():
            self._call = Call(job.id, "console", Caller("console", "console"))
        elif self.watch.caller.done():
            data, problem = read_metadata(job.metadata)
            participant = self.watch.caller.result()
            self._call = Call(
                job.id,
                self.ctx.room.name,
                caller_of(participant),
                metadata=job.metadata,
                data=data,
                problem=problem,
                sip=sip_of(participant),
                room_metadata=job.room.metadata,
                resumes=self.resumes,
            )
            remember_room(self._call, self.ctx.room)
            if problem:
                self.supervisor.post(Warned(problem))
        elif self.outbound:
            return outbound_call(job, self.ctx.room.name)
        else:
            raise OffhookError("the caller has not joined yet; try again after the session has started")
        return self._call

    def use_dialler(self, dial: Dial) -> None:
        """Take the phone that is dialled next as the caller, once it has answered."""
        self._dialler = Dialler(
            dial,
            server=lambda: self.line.server,
            room=self.ctx.room,
            active=self.watch.caller,
            guard=DialGuard(self.ctx.job.id, self.settings.journal),
            post=self._post,
        )
        self.supervisor.dialler = self._dialler
        self.watch.expect(self._dialler.answered)

    def _on_shutdown(self, reason: str = "") -> None:
        """End the call without a goodbye. LiveKit's own `ctx.shutdown()` would leave the caller in the room."""
        self.supervisor.post(EndRequested("agent_ended", goodbye="", by="ctx.shutdown", detail=reason))

    def attach(
        self,
        session: AgentSession[Any],
        planned: Planned,
        *,
        on: Mapping[type[Fact], Handler] | None = None,
        after: Sequence[Hook] = (),
    ) -> OngoingCall:
        """Supervise the session. Call this before the session starts, so that no event is missed."""
        self.session, self.hooks = session, after
        self.announcer.speech_cache.clips = clips_for(planned.dead_air)
        ongoing = attach(
            self.supervisor,
            session,
            planned,
            fallback=self.announcer,
            voice_health=self.voice_health,
            call_info=self.call_info,
            handlers=self.handlers,
            on=on,
            ctx=self.ctx,
        )
        self._watch_start(session)
        if "model" in self.settings.redacted_places:
            ongoing.taps.mask_model(Redactor(regions=self.settings.own_phone_regions))
        if not self.ctx.is_fake_job():
            self._warm_transfers = ongoing.warm_transfers = WarmTransfers(
                self.ctx.room,
                ongoing,
                server=lambda: self.line.server,
                guard=DialGuard(self.ctx.job.id, self.settings.journal),
                post=self._post,
            )
            self.supervisor.sinks.append(self._warm_transfers)
            self.supervisor.sinks.append(Reach(session, self.ctx.room, caller=self._caller, end=self._end_unreached))
        return ongoing

    def _caller(self) -> Caller:
        return self.call_info().caller

    def _watch_start(self, session: AgentSession[Any]) -> None:
        """Set `begun` when the session is started."""
        start = session.start
        if session.agent_state != "initializing":  # the session was started before this method
            self.begun = True
            self.supervisor.post(SessionStarted())

        def begin(*args: Any, **options: Any) -> Any:
            self.begun = True
            return start(*args, **options)

        setattr(session, "start", begin)  # noqa: B010  # mypy knows it as a method

    def _end_unreached(self, fact: EndRequested) -> None:
        """End the call; the announcer speaks, because the session's audio does not reach the caller."""
        self.supervisor.voice = self.announcer
        self.supervisor.post(fact)

    def _announcer_tts(self) -> tts.TTS[Any] | None:
        """Return the session's TTS. Before there is a session, return the TTS that the settings select."""
        model = self.session.tts if self.session is not None else build_tts(self.settings)
        return model if isinstance(model, tts.TTS) else None

    def _on_call_end(self, _: asyncio.Task[Ended]) -> None:
        """Shut the job down if the entrypoint does not return in time. LiveKit cancels the entrypoint 15 s later."""
        self._overdue = asyncio.get_running_loop().call_later(_OVERDUE, self._shutdown, "the call is over")

    def entrypoint_returned(self) -> None:
        """Cancel the timer that shuts the job down, because the entrypoint has returned."""
        if self._overdue is not None:
            self._overdue.cancel()

    def leave(self, reason: str) -> None:
        """Shut the job down, because the call is finished."""
        self._shutdown(reason)


def _nobody(_: object) -> bool:
    return False
