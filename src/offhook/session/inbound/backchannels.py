"""Withholds backchannels from LiveKit while the agent speaks, because every transcript makes LiveKit interrupt the
agent, even the transcript of a backchannel.
"""

from collections.abc import AsyncIterable, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from livekit.agents import Agent, AgentSession, ModelSettings, stt
from livekit.agents.voice import events

from offhook.core.facts import AgentHandoff, Fact, SessionClosed, TranscriptReceived
from offhook.session.inbound.agent_taps import AgentTaps
from offhook.session.inbound.closing import closed

__all__ = ["Backchannels"]

_KINDS = stt.SpeechEventType
_FINAL = _KINDS.FINAL_TRANSCRIPT
_WITH_TEXT = (_FINAL, _KINDS.INTERIM_TRANSCRIPT, _KINDS.PREFLIGHT_TRANSCRIPT)


class Backchannels:
    """Wraps `stt_node` of every agent. `withheld(text, final)` returns True if LiveKit must not get the text."""

    def __init__(
        self, session: AgentSession[Any], post: Callable[[Fact], None], withheld: Callable[[str, bool], bool]
    ) -> None:
        self._session = session
        self._post = post
        self._withheld = withheld
        self._taps = AgentTaps(session, {"stt_node": self._wrap})
        session.on("conversation_item_added", self._on_item)

    def notice(self, fact: Fact) -> None:
        """Wrap an agent that takes over; restore all agents at the end of the session."""
        if isinstance(fact, AgentHandoff | SessionClosed):
            self._taps.notice(fact)

    def _on_item(self, event: events.ConversationItemAddedEvent) -> None:
        """Wrap an agent before LiveKit starts the agent: LiveKit adds a handoff item first, even for the call's first
        agent.
        """
        if event.item.type == "agent_handoff":
            self._taps.wrap(self._session.current_agent)

    def _wrap(self, agent: Agent, inner: Callable[..., Any]) -> Callable[..., Any]:  # noqa: ARG002  # the signature of `Wrap`
        async def stt_node(audio: Any, settings: ModelSettings) -> Any:
            made = inner(audio, settings)
            made = made if isinstance(made, AsyncIterable) else await made
            return self._passed(made) if isinstance(made, AsyncIterable) else made

        return stt_node

    async def _passed(self, given: AsyncIterable[Any]) -> AsyncIterator[Any]:
        begun = False  # True if LiveKit has an interim transcript, and no final transcript yet
        async with aclosing(closed(given)) as every:
            async for event in every:
                if not isinstance(event, stt.SpeechEvent) or event.type not in _WITH_TEXT or not event.alternatives:
                    yield event
                    continue
                final, text = event.type == _FINAL, event.alternatives[0].text
                if not self._withheld(text, final):
                    begun = not final
                    yield event
                    continue
                self._post(TranscriptReceived(text, final=final, backchannel=True))
                if begun:  # without this event, LiveKit would commit the old interim transcript at the end of the call
                    begun = False
                    yield _emptied(event)


def _emptied(event: stt.SpeechEvent) -> stt.SpeechEvent:
    """Return an interim transcript without words, to replace LiveKit's last interim transcript."""
    nothing = replace(event.alternatives[0], text="")
    return stt.SpeechEvent(_KINDS.INTERIM_TRANSCRIPT, request_id=event.request_id, alternatives=[nothing])
