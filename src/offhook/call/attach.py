"""Connects a session to the supervisor of its call, before the session starts."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from livekit.agents import AgentSession, JobContext

from offhook.call.command_target import CallCommandTarget
from offhook.call.phone import CallerPhone
from offhook.core.call import Call
from offhook.core.facts import Fact, Planned
from offhook.core.ports import FallbackVoice
from offhook.engine.handlers import Handler, Handlers
from offhook.engine.supervisor import Supervisor
from offhook.engine.voice_health import VoiceHealth
from offhook.session.actions import SessionActions
from offhook.session.ongoing import OngoingCall
from offhook.session.outbound.playout import Playout
from offhook.session.outbound.voice import SessionVoice
from offhook.session.tool_guard import ToolGuard

__all__ = ["attach"]


def attach(  # noqa: PLR0913  # the parts of one call
    supervisor: Supervisor,
    session: AgentSession[Any],
    planned: Planned,
    *,
    fallback: FallbackVoice,
    voice_health: VoiceHealth,
    call_info: Callable[[], Call],
    handlers: Handlers | None = None,
    on: Mapping[type[Fact], Handler] | None = None,
    ctx: JobContext | None = None,
    recording: Path | None = None,
) -> OngoingCall:
    """Supervise the session: the session's events become facts, and the supervisor's decisions act on the session. Call
    this before `session.start`.

    `recording` is the path for a recording of the call. The supervisor's `sinks` must already contain `voice_health`.
    """
    post = supervisor.post
    supervisor.ports.voice = SessionVoice(session, fallback=fallback, voice_health=voice_health)
    ongoing = OngoingCall(
        session,
        post,
        call_info,
        silence=planned.silence,
        handlers=handlers,
        redact=supervisor.redact,
        phone=CallerPhone(ctx, call_info),
        recording=recording,
    )
    supervisor.ports.playout = playout = Playout(session, post, ongoing.taps.tts)
    supervisor.sinks.extend((ongoing, ToolGuard(session, post), playout))
    post(planned)
    for kind, handler in (on or {}).items():
        ongoing.on(kind, handler)
    supervisor.ports.actions = SessionActions(ongoing, CallCommandTarget(ongoing))
    return ongoing
