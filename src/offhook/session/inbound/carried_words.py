"""Keeps the words that the caller said before a handoff for the next agent.

LiveKit 1.8.9 drops these words: if their turn is not complete when another agent takes over, no agent answers them.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from livekit.agents import NOT_GIVEN, AgentSession, StopResponse
from livekit.agents.llm import LLM, ChatMessage
from livekit.agents.tokenize.basic import split_words
from livekit.agents.utils import is_given
from livekit.agents.voice import SpeechHandle

from offhook.core.backchannel_words import WORDS, sounds_like_backchannel
from offhook.core.barge_in import BargeIn
from offhook.core.facts import (
    AgentHandoff,
    CallerStateChanged,
    Fact,
    MessageCommitted,
    Planned,
    SessionStarted,
    TranscriptReceived,
    WordsCarried,
)
from offhook.policies.carried.words import InputState, UncommittedWords
from offhook.session.inbound.answer_evidence import llm_of
from offhook.session.inbound.events import on_speech
from offhook.session.outbound.usable_session import stt_of

__all__ = ["CarriedWords"]

log = logging.getLogger("offhook")

_INTERRUPT = 5.0
"""LiveKit 1.8.9 completes a turn only when the interrupted speech has ended, and waits at most this many seconds for
that end.
"""


class CarriedWords:
    """The caller's words before a handoff, in one session. Each word is given to an agent at most once. Does nothing if
    the plan has no `barge_in`: the call is then the same as with LiveKit alone.
    """

    def __init__(self, session: AgentSession[Any], post: Callable[[Fact], None]) -> None:
        self._session = session
        self._post = post
        self._on = False
        self._backchannels: frozenset[str] | tuple[str, ...] = WORDS
        self._input = InputState()
        self._words = UncommittedWords()
        self._carried = ""
        self._turns = 0
        self._active: Any = None  # the agent that LiveKit runs; before a handoff, `current_agent` is the next agent
        self._protected: dict[str, bool] = {}  # the open speeches: True if the code lets nobody interrupt the speech
        self._clear_user_turn = session.clear_user_turn
        setattr(session, "clear_user_turn", self._clear)  # noqa: B010  # mypy refuses to assign to a method
        on_speech(session, self._created)

    def notice(self, fact: Fact) -> None:
        """Follow the caller's words, and the change of agents."""
        dropped = self._input.drops(fact)
        match fact:
            case Planned(barge_in=BargeIn(backchannels=own)):
                self._on, self._backchannels = True, WORDS if own is None else own
            case SessionStarted():
                self._active = self._session.current_agent
            case _ if not self._on or self._active is None:
                return
            case AgentHandoff():
                self._hand_over()
            case _ if dropped:
                self._words.clear()
                self._carried = ""
            case _ if not self._input.off:
                self._follow(fact)

    def complete(self, message: ChatMessage) -> bool:
        """Put the words before the handoff in front of the words of this turn. Return True if the turn has no other
        words.
        """
        text = (message.text_content or "").strip()
        if text and not self._words.commit(text):
            self._words.clear()
        carried, self._carried = self._carried, ""
        self._turns += 1
        if carried:
            message.content = [f"{carried} {text}".strip()]
        return bool(carried) and not text

    async def answer(self) -> None:
        """Complete a turn with the words before the handoff, as LiveKit completes a turn: first the agent's
        `on_user_turn_completed`, then the answer.
        """
        session, agent = self._session, self._session.current_agent
        if not self._carried or not _answers(session):
            self._carried = ""
            return
        message, turn_ctx = ChatMessage(role="user", content=[]), agent.chat_ctx.copy()
        turn = self._turns + 1
        try:
            await agent.on_user_turn_completed(turn_ctx, new_message=message)
        except StopResponse:
            return
        except Exception:  # the fact `AgentCodeEnded` has the error, and the answer policy asks the caller to repeat
            log.exception("on_user_turn_completed raised")
            return
        if not message.content or self._input.off:
            return
        context = turn_ctx if session.current_agent is agent else NOT_GIVEN
        with suppress(RuntimeError):  # the session is closing
            speech = session.generate_reply(user_input=message, chat_ctx=context, input_modality="audio")
            if self._turns != turn:  # the caller's next turn is complete, and its answer replaces this answer
                speech.interrupt()

    def _follow(self, fact: Fact) -> None:
        loop, speech = asyncio.get_running_loop(), self._session.current_speech
        if self._session.current_agent is not self._active:
            self._words.leave(loop.time(), within=self._bound())
        elif speech is not None and speech.id in self._protected:
            self._protected[speech.id] = not speech.allow_interruptions
        match fact:
            case TranscriptReceived(final=True, backchannel=False, text=text) if text.strip():
                # While a speech must not be interrupted, LiveKit drops the caller's words on purpose.
                if _answers(self._session) and not (speech is not None and self._protected.get(speech.id)):
                    self._words.hear(text, loop.time(), within=self._bound())
            case CallerStateChanged(state=state):
                self._words.sound(loop.time(), on=state == "speaking", within=self._bound())
            case MessageCommitted(role="user", text=text):
                self._words.commit(text)

    def _hand_over(self) -> None:
        """Keep the words that LiveKit has just dropped for the next agent."""
        self._active = self._session.current_agent
        parts = self._words.take(within=self._bound(), now=asyncio.get_running_loop().time())
        lost = " ".join(parts)
        least = self._session.options.interruption["min_words"]
        too_short = len(split_words(lost, split_character=True)) < least
        if too_short or sounds_like_backchannel(lost, self._backchannels):  # "okay" needs no answer of the next agent
            lost = ""
        if not _answers(self._session):  # no answer of the next agent can contain the words
            self._carried = ""
        elif lost and not self._input.off:
            self._carried = f"{self._carried} {lost}".strip()
            self._post(WordsCarried(len(split_words(self._carried, split_character=True))))

    def _bound(self) -> float:
        """Return after how many seconds LiveKit has committed the caller's words, or has dropped them on purpose."""
        return self._session.options.endpointing["max_delay"] + _INTERRUPT

    def _created(self, speech: SpeechHandle) -> None:
        self._protected[speech.id] = not speech.allow_interruptions
        speech.add_done_callback(self._ended)

    def _ended(self, speech: SpeechHandle) -> None:
        self._protected.pop(speech.id, None)

    def _clear(self) -> None:
        """Replaces `session.clear_user_turn`: the agent's code drops the caller's words."""
        self._words.clear()
        self._clear_user_turn()


def _answers(session: AgentSession[Any]) -> bool:
    """True if LiveKit ends the caller's turns in this session, and an LLM answers the transcripts."""
    agent = session.current_agent
    detection = agent.turn_detection if is_given(agent.turn_detection) else session.turn_detection
    return (
        isinstance(llm_of(session), LLM)
        and stt_of(session) is not None
        and detection not in ("manual", "realtime_llm")
        and session.input.audio_enabled
    )
