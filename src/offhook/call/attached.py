"""Connects one call's session to the supervisor, and ends the call if the session cannot reach the caller."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from livekit.agents import AgentSession

from offhook.announce.clips import clips_for
from offhook.call.attach import attach
from offhook.call.reach import Reach
from offhook.call.warm_transfer import WarmTransfers
from offhook.core.call import Caller
from offhook.core.facts import EndRequested, Fact, Planned, SessionStarted
from offhook.engine.handlers import Handler
from offhook.recordings.file import file_of
from offhook.redaction.redactor import Redactor
from offhook.room.dial_guard import DialGuard
from offhook.session.hooks import Hook
from offhook.session.ongoing import OngoingCall
from offhook.session.recorder.call_recording import CallRecording

if TYPE_CHECKING:
    from offhook.call.runtime import CallRuntime

__all__ = ["AttachedSession"]


class AttachedSession:
    """The session of a call. `session` is None before `attach`. `begun` is True once `session.start` was called."""

    def __init__(self, runtime: "CallRuntime") -> None:
        self._runtime = runtime
        self.session: AgentSession[Any] | None = None
        self.hooks: Sequence[Hook] = ()
        self.begun = False
        self.warm_transfers: WarmTransfers | None = None
        self.recording: CallRecording | None = None

    def attach(
        self,
        session: AgentSession[Any],
        planned: Planned,
        *,
        on: Mapping[type[Fact], Handler] | None,
        after: Sequence[Hook],
    ) -> OngoingCall:
        """Supervise the session. Call this before the session starts, so that no event is missed."""
        runtime = self._runtime
        self.session, self.hooks = session, after
        runtime.announcer.speech_cache.clips = clips_for(planned.dead_air)
        ongoing = attach(
            runtime.supervisor,
            session,
            planned,
            fallback=runtime.announcer,
            voice_health=runtime.voice_health,
            call_info=runtime.arrival.call_info,
            handlers=runtime.handlers,
            on=on,
            ctx=runtime.ctx,
            recording=file_of(runtime.settings.recordings_folder, runtime.ctx.job.id),
        )
        self.recording = ongoing.recording
        self._watch_start(session)
        if "model" in runtime.settings.redacted_places:
            ongoing.taps.mask_model(Redactor(regions=runtime.settings.own_phone_regions))
        if not runtime.ctx.is_fake_job():
            self._add_room_parts(session, ongoing)
        return ongoing

    def _add_room_parts(self, session: AgentSession[Any], ongoing: OngoingCall) -> None:
        """Add the parts that need a room: warm transfers, and the check that the caller can be reached."""
        runtime = self._runtime
        room = runtime.ctx.room
        self.warm_transfers = ongoing.warm_transfers = WarmTransfers(
            room,
            ongoing,
            server=lambda: runtime.connection.closer.server,
            guard=DialGuard(runtime.ctx.job.id, runtime.settings.journal),
            post=runtime.supervisor.post,
        )
        reach = Reach(session, room, caller=self._caller, end=self._end_unreached)
        runtime.supervisor.sinks.extend((self.warm_transfers, reach))

    def _caller(self) -> Caller:
        return self._runtime.arrival.call_info().caller

    def _watch_start(self, session: AgentSession[Any]) -> None:
        """Set `begun` when `session.start` is called, or now if the session is already started."""
        start = session.start
        if session.agent_state != "initializing":  # the session was started before `attach`
            self.begun = True
            self._runtime.supervisor.post(SessionStarted())

        def begin(*args: Any, **options: Any) -> Any:
            self.begun = True
            return start(*args, **options)

        setattr(session, "start", begin)  # noqa: B010  # mypy refuses to assign to a method

    def _end_unreached(self, fact: EndRequested) -> None:
        """End the call. The announcer speaks the apology, because the session's audio does not reach the caller."""
        self._runtime.supervisor.ports.voice = self._runtime.announcer
        self._runtime.supervisor.post(fact)
