"""LiveKit's session in, facts out. The only table of session event names.

The session's `emit` is tapped rather than listened to: facts come first and in order, and a handler of the user's
that raises cannot take a turn with it (livekit-agents 1.8.9 lets a `TypeError` in a handler through into the SDK).
"""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

from livekit.agents import AgentSession
from livekit.agents.llm import AgentHandoff, ChatMessage
from livekit.agents.voice import events

from offhook.core.facts import (
    AgentTurned,
    CallerTurned,
    Fact,
    HandedOver,
    HandlerFailed,
    Heard,
    ModelFailed,
    Said,
    SessionClosed,
    SessionStarted,
    ToolEnded,
    ToolStarted,
    Used,
)
from offhook.session.usage import used

__all__ = ["NOT_FACTS", "listen", "translate"]

log = logging.getLogger("offhook")

NOT_FACTS = frozenset(
    {
        "agent_false_interruption",
        "debug_message",
        "function_tools_executed",  # told in finer steps by tool_execution_updated
        "metrics_collected",
        "overlapping_speech",
        "speech_created",
        "user_transcription_timeout",
    }
)
"""Session events that are not facts of a call; every other one is translated."""

_LONGEST_DELAY = 3.0
"""Seconds that an event may be back-dated at most; more is a wall clock that was set."""


def listen(
    session: AgentSession[Any],
    post: Callable[[Fact], None],
    clock: Callable[[], float],
    first: Callable[[object], Sequence[Fact]] = lambda _: (),
) -> None:
    """Report what the session tells, before its own handlers hear it; `first` has facts that come before an event's."""
    tell = session.emit
    counted = Used()

    def emit(event: Any, *args: Any) -> None:
        nonlocal counted
        for fact in (*first(args[0]), *translate(args[0], clock())) if args else ():
            if fact == counted:  # told with every metric, the voice detector's too
                continue
            counted = fact if isinstance(fact, Used) else counted
            post(fact)
        try:
            tell(event, *args)
        except TypeError as error:
            log.exception("an event handler raised; the call goes on", extra={"event": event})
            post(HandlerFailed(str(event), repr(error)))

    setattr(session, "emit", emit)  # noqa: B010  # mypy knows emit as a method


def translate(event: object, now: float) -> tuple[Fact, ...]:
    """Turn one session event into facts; `now` is the supervisor's clock."""
    match event:
        case events.AgentStateChangedEvent():
            turned = AgentTurned(event.new_state, since=_since(event.created_at, now))
            return (SessionStarted(), turned) if event.old_state == "initializing" else (turned,)
        case events.UserStateChangedEvent():
            return (CallerTurned(event.new_state, since=_since(event.created_at, now)),)
        case events.UserInputTranscribedEvent():
            return (Heard(event.transcript, final=event.is_final),)
        case events.ConversationItemAddedEvent(item=ChatMessage() as message):
            return (_said(message),)
        case events.ConversationItemAddedEvent(item=AgentHandoff(old_agent_id=str(), new_agent_id=agent)):
            return (HandedOver(agent),)
        case events.ToolExecutionUpdatedEvent(update=update):
            return _tool(update)
        case events.SessionUsageUpdatedEvent(usage=usage):
            return (used(usage),)
    return _trouble(event)


def _trouble(event: object) -> tuple[Fact, ...]:
    match event:
        case events.ErrorEvent():
            return (_failed(event),)
        case events.CloseEvent():
            return (SessionClosed(event.reason.value, error=_shortly(event.error) if event.error else ""),)
    return ()


def _since(created_at: float, now: float) -> float:
    """The event's wall time on our monotonic clock; LiveKit back-dates silence to the last speech."""
    return now - min(max(time.time() - created_at, 0.0), _LONGEST_DELAY)


def _said(message: ChatMessage) -> Said:
    answered_in = (message.metrics or {}).get("e2e_latency")
    return Said(
        role=message.role,
        text=message.text_content or "",
        interrupted=message.interrupted,
        answered_in=round(answered_in, 3) if isinstance(answered_in, int | float) else None,
    )


def _tool(update: object) -> tuple[Fact, ...]:
    match update:
        case events.ToolCallStarted(function_call=call):
            return (ToolStarted(call.call_id, call.name, call.arguments),)
        case events.ToolCallEnded(call_id=call_id, status=status, message=message):
            return (ToolEnded(call_id, status, output=message or ""),)
    return ()


def _failed(event: events.ErrorEvent) -> ModelFailed:
    kind = str(getattr(event.error, "type", type(event.error).__name__))
    return ModelFailed(kind, recoverable=bool(getattr(event.error, "recoverable", False)), error=_shortly(event.error))


def _shortly(error: object) -> str:
    cause = getattr(error, "error", error)
    return f"{type(cause).__name__}: {cause}"[:500]
