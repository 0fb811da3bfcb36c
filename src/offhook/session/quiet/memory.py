"""Decides which words go into the model's context if people speak while the agent is quiet."""

import logging
from collections.abc import Callable
from typing import Any

from livekit import rtc
from livekit.agents import Agent, AgentSession, ConversationItemAddedEvent, llm, stt

from offhook.core.errors import UnsupportedError
from offhook.core.facts import ActionFailed, Fact
from offhook.session.context.editor import MAX_TEXT, ContextEditor
from offhook.session.context.update import session_of
from offhook.session.people.transcriber import RoomTranscriber, recogniser_of, text_of
from offhook.session.quiet.overheard import Overheard

__all__ = ["Memory"]

log = logging.getLogger("offhook")

_UNHEARD = "there is no STT that could transcribe the colleague, so the model does not get what was said"


class Memory:
    """Gives the model the words that people say while the agent is quiet, or removes them from the context
    (`keep=False`).
    """

    def __init__(
        self,
        session: AgentSession[Any],
        post: Callable[[Fact], None],
        context: ContextEditor,
        *,
        caller: Callable[[], str],
    ) -> None:
        self._session, self._post, self._context, self._caller = session, post, context, caller
        self._colleagues: RoomTranscriber | None = None
        self._overheard = Overheard()
        self._keep = True
        self._unwanted: set[str] = set()
        self._agents: list[Agent] = []

    def begin(self, room: rtc.Room | None, *, keep: bool) -> str:
        """Begin to collect the words that people say. `room` is given only in a takeover, because colleagues are
        transcribed only then. Return a note about the result, or "".
        """
        self._keep, self._overheard, self._unwanted = keep, Overheard(), set()
        self._agents = [self._session.current_agent]
        self._session.on("conversation_item_added", self._item_added)
        if room is None or not keep:
            return ""
        recogniser = recogniser_of(self._session)
        if recogniser is None:
            return _UNHEARD
        caller = self._caller()
        self._colleagues = RoomTranscriber(
            room,
            recogniser,
            selected=lambda participant: participant.identity != caller,
            heard=self._heard,
            failed=self._failed,
        )
        self._colleagues.begin()
        return ""

    def take_over(self, agent: Agent) -> None:
        """Remember an agent that gets the call by a handoff in the quiet mode: `tell` must clean this agent's context
        too.
        """
        self._agents.append(agent)

    async def drop(self) -> None:
        """Stop listening, because the session is closed."""
        self._session.off("conversation_item_added", self._item_added)
        colleagues, self._colleagues = self._colleagues, None
        if colleagues is not None:
            await colleagues.stop()

    async def tell(self, *, by: str) -> str:
        """Give the model the colleagues' words. With `keep=False` in `begin`, remove the caller's words from the
        context instead. Return a note about a problem, or "".
        """
        self._session.off("conversation_item_added", self._item_added)
        if not self._keep:
            for agent in self._agents:
                await self._remove_unwanted(agent)
            return ""
        return await self._add(self._overheard.take(), by=by)

    async def tell_rest(self, *, by: str) -> None:
        """Stop listening to the colleagues, wait for the transcripts of their last words, and give these words to the
        model.
        """
        colleagues, self._colleagues = self._colleagues, None
        if colleagues is not None:
            overheard = self._overheard
            await colleagues.stop()
            await self._add(overheard.take(), by=by)

    def _heard(self, participant: rtc.RemoteParticipant, event: stt.SpeechEvent) -> None:
        if event.type == stt.SpeechEventType.FINAL_TRANSCRIPT and (text := text_of(event)):
            self._overheard.colleague(participant.identity, text)

    def _item_added(self, event: ConversationItemAddedEvent) -> None:
        item = event.item
        if not isinstance(item, llm.ChatMessage) or item.role != "user":
            return
        if self._keep:
            self._overheard.caller(item.text_content or "")
        else:
            self._unwanted.add(item.id)

    def _failed(self, identity: str, error: str) -> None:
        self._post(ActionFailed(f"transcribe {identity}", error))

    async def _remove_unwanted(self, agent: Agent) -> None:
        """Remove the caller's words from this agent's context. The context of a Realtime model is not changed, because
        a Realtime model did not get these words.
        """
        if self._unwanted and session_of(agent) is None:
            context = agent.chat_ctx.copy()
            context.items[:] = [item for item in context.items if item.id not in self._unwanted]
            await agent.update_chat_ctx(context, exclude_invalid_function_calls=False)

    async def _add(self, text: str, *, by: str) -> str:
        if not text:
            return ""
        try:
            try:
                outcome = await self._context.add("system", text[:MAX_TEXT], by=by)
            except UnsupportedError:  # some Realtime models accept no system messages
                outcome = await self._context.add("user", text[:MAX_TEXT], by=by)
        except Exception as error:  # noqa: BLE001  # Realtime models raise their own errors
            log.warning("the model was not told what a colleague said", extra={"error": repr(error)})
            outcome = "failed"
        return "the model could not be told what the colleague said" if outcome == "failed" else ""
