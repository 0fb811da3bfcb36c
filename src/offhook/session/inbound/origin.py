"""Finds the speeches that the agent's code starts, as opposed to answers to the caller."""

from dataclasses import replace
from typing import Any

from livekit.agents import AgentSession
from livekit.agents.voice import SpeechHandle, events

from offhook.core.facts import AgentStateChanged, Fact

__all__ = ["Origin"]


class Origin:
    """Tracks the speeches that `session.say` and `session.generate_reply` create, including offhook's own lines."""

    def __init__(self, session: AgentSession[Any]) -> None:
        self._session = session
        self._by_code: set[str] = set()

    def take(self, event: object) -> None:
        """Record a speech that code creates. Remove a speech that LiveKit reports as the reply to a tool."""
        match event:
            # An answer to the caller has `user_initiated` too, but its input is audio.
            case events.SpeechCreatedEvent(user_initiated=True, source=source, speech_handle=handle):
                if source == "say" or handle.input_details.modality == "text":
                    self._by_code.add(handle.id)
                    handle.add_done_callback(self._over)
            case events.ToolExecutionUpdatedEvent(update=events.ToolReplyUpdated(speech_id=speech)):
                self._by_code.discard(speech)

    def mark(self, fact: Fact) -> Fact:
        """Return the fact. If the fact is an `AgentStateChanged` and code started the current speech, add the id of
        that speech to the fact.
        """
        speech = self._session.current_speech
        if isinstance(fact, AgentStateChanged) and speech is not None and speech.id in self._by_code:
            return replace(fact, speech=speech.id)
        return fact

    def _over(self, speech: SpeechHandle) -> None:
        self._by_code.discard(speech.id)
