"""Mutes a session for the rest of the call: after the goodbye, or while the call is hung up.

A running tool continues to its end, but the reply to its result is not spoken.
"""

from typing import Any

from livekit.agents import AgentSession
from livekit.agents.voice import FunctionToolsExecutedEvent, SpeechCreatedEvent, SpeechHandle

__all__ = ["Mute", "has_running_tool"]


class Mute:
    """Tracks the speeches of a session. After `begin`, the session is muted; this cannot be undone."""

    def __init__(self, session: AgentSession[Any]) -> None:
        self.begun = False
        self._speeches: set[SpeechHandle] = set()
        session.on("speech_created", self._created)
        session.on("function_tools_executed", self._executed)

    def begin(self) -> None:
        """Interrupt all current speeches, except those with a running tool. From now on, interrupt each new speech at
        once.
        """
        if self.begun:
            return
        self.begun = True
        for speech in list(self._speeches):
            if not has_running_tool(speech):
                speech.interrupt(force=True)

    def _created(self, event: SpeechCreatedEvent) -> None:
        speech = event.speech_handle
        if self.begun:
            speech.interrupt(force=True)
            return
        self._speeches.add(speech)
        speech.add_done_callback(self._speeches.discard)

    def _executed(self, event: FunctionToolsExecutedEvent) -> None:
        if self.begun:
            event.cancel_tool_reply()


def has_running_tool(speech: SpeechHandle) -> bool:
    """True while a tool of this speech runs. An interruption of the speech would cancel the tool too."""
    items = speech.chat_items
    called = {item.call_id for item in items if item.type == "function_call"}
    return called > {item.call_id for item in items if item.type == "function_call_output"}
