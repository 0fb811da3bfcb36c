"""Translates session events into facts.

offhook replaces the session's `emit`, so that facts are posted in the order of the events, and before the handlers of
the agent's author run. The replacement also catches a `TypeError` that a handler raises, because livekit-agents 1.8.9
does not catch this error and the caller's turn would break.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from livekit.agents import AgentSession, utils
from livekit.agents.llm import ChatMessage
from livekit.agents.voice import SpeechHandle, events

from offhook.core.facts import (
    AgentStateChanged,
    CallerStateChanged,
    Fact,
    HandlerFailed,
    MessageCommitted,
    ModelFailed,
    SessionClosed,
    SessionStarted,
    ToolEnded,
    ToolReleased,
    ToolStarted,
    TranscriptReceived,
    UsageUpdated,
)
from offhook.session.inbound.away_handler import handling
from offhook.session.inbound.origin import Origin
from offhook.session.inbound.repeats import Repeats
from offhook.session.inbound.usage import usage_of

__all__ = ["NOT_FACTS", "attach_events", "busy", "on_speech", "translate"]

log = logging.getLogger("offhook")

NOT_FACTS = frozenset(
    {
        "agent_false_interruption",
        "debug_message",
        "function_tools_executed",  # not needed, because tool_execution_updated reports each step of a tool
        "metrics_collected",
        "overlapping_speech",
        "speech_created",  # `answer_evidence.py` posts SpeechCreated when the speech is scheduled
        "user_transcription_timeout",
    }
)
"""The names of the session events that `translate` ignores; it makes facts from the other session events."""

_BUSY = "conversation_already_has_active_response"
"""OpenAI's error code if an answer is requested while another answer is active. livekit-agents 1.8.9 stores this code
in `RealtimeError.code`.
"""
_LONGEST_DELAY = 3.0
"""A fact's time is at most this many seconds in the past. If an event seems older, the wall clock was changed."""


def attach_events(
    session: AgentSession[Any],
    post: Callable[[Fact], None],
    clock: Callable[[], float],
    first: Callable[[object], Sequence[Fact]] = lambda _: (),
    last: Callable[[object], None] = lambda _: None,
) -> None:
    """From now on, post the facts of each session event before the session's own handlers run.

    `first` returns the facts to post before the event's own facts. `last` is called with the event after the handlers
    have run.
    """
    session_emit, origin = session.emit, Origin(session)
    counted, repeated = UsageUpdated(), Repeats(clock)

    def emit(event: Any, *args: Any) -> None:
        nonlocal counted
        origin.take(args[0] if args else None)
        for fact in (*first(args[0]), *translate(args[0], clock())) if args else ():
            # Skip an unchanged usage: LiveKit emits the usage after every metric, even after a metric of the VAD.
            if fact == counted or repeated(fact):
                continue
            counted = fact if isinstance(fact, UsageUpdated) else counted
            post(_marked(origin.mark(fact), session))
        try:
            with handling(args[0] if args else None):
                session_emit(event, *args)
        except TypeError as error:
            log.exception("an event handler raised; the call goes on", extra={"event": event})
            post(HandlerFailed(str(event), repr(error)))
        if args:
            last(args[0])

    setattr(session, "emit", emit)  # noqa: B010  # mypy refuses to assign to a method


def _marked(fact: Fact, session: AgentSession[Any]) -> Fact:
    """In a `CallerStateChanged`, set `manual`: True if the agent's own code ends the caller's turns."""
    if not isinstance(fact, CallerStateChanged):
        return fact
    own = session.current_agent.turn_detection
    return replace(fact, manual=(own if utils.is_given(own) else session.turn_detection) == "manual")


def on_speech(session: AgentSession[Any], take: Callable[[SpeechHandle], None]) -> None:
    """Call `take` with each created speech, including preemptive speeches that are discarded later."""

    def created(event: events.SpeechCreatedEvent) -> None:
        take(event.speech_handle)

    session.on("speech_created", created)


def translate(event: object, now: float) -> tuple[Fact, ...]:
    """Convert one session event to facts; `now` is the time of the supervisor's clock in seconds."""
    match event:
        case events.AgentStateChangedEvent():
            changed = AgentStateChanged(event.new_state, since=_since(event.created_at, now))
            return (SessionStarted(), changed) if event.old_state == "initializing" else (changed,)
        case events.UserStateChangedEvent():
            return (CallerStateChanged(event.new_state, since=_since(event.created_at, now)),)
        case events.UserInputTranscribedEvent():
            return (TranscriptReceived(event.transcript, final=event.is_final),)
        case events.ConversationItemAddedEvent(item=ChatMessage() as message):
            return (_message(message),)
        case events.ToolExecutionUpdatedEvent(update=update):
            return _tool_facts(update)
        case events.SessionUsageUpdatedEvent(usage=usage):
            return (usage_of(usage),)
    return _error_facts(event)


def _error_facts(event: object) -> tuple[Fact, ...]:
    match event:
        case events.ErrorEvent():
            return (_failed(event),)
        case events.CloseEvent():
            return (SessionClosed(event.reason.value, error=_error_text(event.error) if event.error else ""),)
    return ()


def _since(created_at: float, now: float) -> float:
    """Convert the event's wall time to the monotonic clock. For a detected silence, the event's time is the end of the
    speech, so it is earlier than `now`.
    """
    return now - min(max(time.time() - created_at, 0.0), _LONGEST_DELAY)


def _message(message: ChatMessage) -> MessageCommitted:
    answered_in = (message.metrics or {}).get("e2e_latency")
    return MessageCommitted(
        role=message.role,
        text=message.text_content or "",
        interrupted=message.interrupted,
        answered_in=round(answered_in, 3) if isinstance(answered_in, int | float) else None,
    )


def _tool_facts(update: object) -> tuple[Fact, ...]:
    match update:
        case events.ToolCallStarted(function_call=call):
            return (ToolStarted(call.call_id, call.name, call.arguments),)
        case events.ToolCallUpdated(call_id=call_id):
            return (ToolReleased(call_id),)
        case events.ToolCallEnded(call_id=call_id, status=status, message=message):
            return (ToolEnded(call_id, status, output=message or ""),)
    return ()


def _failed(event: events.ErrorEvent) -> ModelFailed:
    kind = str(getattr(event.error, "type", type(event.error).__name__))
    return ModelFailed(
        kind,
        recoverable=bool(getattr(event.error, "recoverable", False)),
        error=_error_text(event.error),
        busy=busy(getattr(event.error, "error", None)),
    )


def busy(error: object) -> bool:
    """True if a Realtime model refused an answer because another answer is still active."""
    return _BUSY in (getattr(error, "code", None), getattr(getattr(error, "body", None), "code", None))


def _error_text(error: object) -> str:
    cause = getattr(error, "error", error)
    return f"{type(cause).__name__}: {cause}"[:500]
