"""Pauses and resumes the agent's speech when a caller barges in, and withholds backchannels from LiveKit."""

import asyncio
from collections.abc import Callable
from typing import Any

from livekit.agents import Agent, AgentSession
from livekit.agents.voice import SpeechHandle, events

from offhook.core.backchannel_words import WORDS, may_become_backchannel, sounds_like_backchannel
from offhook.core.barge_in import BargeIn
from offhook.core.facts import BargeInReady, Fact, Planned, PlayoutKept, SessionStarted, TranscriptReceived
from offhook.core.question import just_asked
from offhook.session.inbound.backchannels import Backchannels
from offhook.session.inbound.tts_node import TtsNode
from offhook.session.outbound.replay import ReplayOutput, install
from offhook.session.outbound.silent_end import SilentEnd
from offhook.session.outbound.usable_session import stt_of, unusable

__all__ = ["Playout"]

NEVER = 3600.0
"""The caller must make a sound for this many seconds before LiveKit itself pauses the agent. The value is so high that
only offhook's policy pauses the agent.
"""
_EVERY = 0.05
"""Seconds between two checks whether the caller may still interrupt a paused speech."""


class Playout:
    """Pauses and resumes the agent's speech in one session. Does nothing if the plan has no `barge_in`, or if the
    session does not allow offhook to decide about interruptions (`unusable`).
    """

    def __init__(self, session: AgentSession[Any], post: Callable[[Fact], None], tts: TtsNode) -> None:
        self._session = session
        self._post = post
        self._tts = tts
        self._plan: BargeIn | None = None
        self._output: ReplayOutput | None = None
        self._silent_end: SilentEnd | None = None
        self._backchannels: Backchannels | None = None
        self._resuming: asyncio.TimerHandle | None = None
        self._checking: asyncio.TimerHandle | None = None
        self._speeches: list[SpeechHandle] = []
        self._interims = False
        self._active: Agent | None = None
        """The agent that LiveKit runs. While this agent speaks for the last time before a handoff, `current_agent` is
        already the next agent.
        """

    def notice(self, fact: Fact) -> None:
        match fact:
            case Planned(barge_in=BargeIn() as plan):
                self._plan = plan
                self._backchannels = Backchannels(self._session, self._post, self._withheld)
            case SessionStarted() if self._plan is not None:
                self._begin()
            case TranscriptReceived(final=False, backchannel=False, text=text) if text.strip():
                self._let_next_agent_hear()
        for follower in (self._backchannels, self._silent_end):
            if follower is not None:
                follower.notice(fact)

    def _begin(self) -> None:
        """Let the policy pause the agent in place of LiveKit, if that is possible in this session."""
        if why := unusable(self._session):
            self._post(BargeInReady(off=why))
            return
        self._output = install(self._session, self._post)
        least = self._session.options.interruption["min_duration"]
        self._silent_end = SilentEnd(self._session, self._pause_now, self._post, least)
        self._session.options.interruption["min_duration"] = NEVER
        self._session.on("agent_state_changed", self._on_agent_state)
        self._session.on("conversation_item_added", self._on_item)
        self._session.on("speech_created", self._on_speech)
        self._active = self._session.current_agent

    def _on_agent_state(self, event: events.AgentStateChangedEvent) -> None:
        """Post `BargeInReady` when the agent first speaks. Before the first speech, LiveKit may still change the length
        of its echo-cancellation warm-up.
        """
        if event.new_state == "speaking":
            self._session.off("agent_state_changed", self._on_agent_state)
            model = stt_of(self._session)
            interims = model is not None and model.capabilities.interim_results
            self._interims = bool(interims)
            self._post(BargeInReady(self._session.options.aec_warmup_duration or 0.0, interims=self._interims))

    def _on_item(self, event: events.ConversationItemAddedEvent) -> None:
        if event.item.type == "agent_handoff":
            self._active = self._session.current_agent

    def _on_speech(self, event: events.SpeechCreatedEvent) -> None:
        """Add the new speech to `_speeches`, and remove the speeches that are done."""
        self._speeches = [*(one for one in self._speeches if not one.done()), event.speech_handle]

    @property
    def _leaving(self) -> bool:
        """True if LiveKit changes the agent when the current speech has ended."""
        return self._session.current_agent is not self._active

    def _let_next_agent_hear(self) -> None:
        """End a paused speech at the caller's first words if LiveKit changes the agent after this speech.

        If the paused speech did not end, LiveKit would give the final transcript to the agent that leaves, and no agent
        would answer. If another speech of the leaving agent waits, do not end the paused speech. Otherwise, LiveKit
        would keep the leaving agent for the waiting speech, and would interrupt that speech at the final transcript. A
        speech whose tool still runs does not count as waiting, because this tool may be the reason for the change of
        agent.
        """
        speech = self._session.current_speech
        if speech is None or self._output is None or not self._output.paused or not self._leaving:
            return
        waiting = [one for one in self._speeches if not (one is speech or one.done() or _tool_runs(one))]
        if speech.allow_interruptions and not speech.interrupted and not waiting:
            speech.interrupt()

    def pause(self) -> None:
        output, speech = self._session.output.audio, self._session.current_speech
        if output is None or self._output is None or speech is None:
            self._post(PlayoutKept("there is no speech to pause"))
        elif not speech.allow_interruptions:
            self._post(PlayoutKept("this speech must not be interrupted"))
        elif self._leaving and not self._interims:
            self._post(PlayoutKept("another agent takes over after this speech, and only that agent can answer"))
        elif self._output.paused or speech.interrupted:
            self._post(PlayoutKept("LiveKit has paused or interrupted this speech"))
        elif self._output.ends_within(0.0) and self._silent_end is not None:
            self._silent_end.take(speech)
        else:
            self._pause_now()

    def _pause_now(self) -> None:
        self._cancel_resume()
        if (output := self._session.output.audio) is not None:
            output.pause()
        self._check_later()

    def _check_later(self) -> None:
        if self._checking is not None:
            self._checking.cancel()
        self._checking = asyncio.get_running_loop().call_later(_EVERY, self._check)

    def _check(self) -> None:
        """Resume the paused speech if LiveKit no longer lets the caller interrupt it, and either the caller is silent
        or the speech is almost over.

        LiveKit plays such a speech to its end, for example before a task that a tool awaits, and drops the caller's
        words until then. So the paused speech must go on and end: only then does the task get the caller's words.
        """
        speech, end = self._session.current_speech, self._silent_end
        if self._output is None or end is None or not self._output.paused or speech is None or speech.interrupted:
            return
        talks_over = self._session.user_state == "speaking" and not self._output.ends_within(end.least)
        if speech.allow_interruptions or talks_over:
            self._check_later()
            return
        self._post(PlayoutKept("since the pause began, the caller can no longer interrupt this speech"))
        self.resume()

    def resume(self) -> None:
        if self._output is None or self._silent_end is None:
            return
        self._silent_end.cancel()
        self._cancel_resume()
        # LiveKit's transcript goes on only when the repeated audio has reached the point of the pause.
        again = self._output.resume_word()
        self._resuming = asyncio.get_running_loop().call_later(again, self._resume_all)

    def _resume_all(self) -> None:
        self._resuming = None
        if (output := self._session.output.audio) is not None:
            output.resume()

    def _cancel_resume(self) -> None:
        if self._resuming is not None:
            self._resuming.cancel()
            self._resuming = None

    def _withheld(self, text: str, final: bool) -> bool:
        """True if this text is a backchannel that LiveKit must not get: the agent speaks, and has not just asked a
        question.
        """
        speech = self._session.current_speech
        if self._plan is None or self._output is None or speech is None or self._session.agent_state != "speaking":
            return False
        words = WORDS if self._plan.backchannels is None else self._plan.backchannels
        is_one = sounds_like_backchannel if final else may_become_backchannel
        if not speech.allow_interruptions or speech.interrupted or not is_one(text, words):
            return False
        said = self._tts.current(speech.id)
        return said is not None and not just_asked(said.text, self._output.played, said.seconds)


def _tool_runs(speech: SpeechHandle) -> bool:
    """True if a tool that this speech called has no output yet."""
    kinds = [item.type for item in speech.chat_items]
    return kinds.count("function_call") > kinds.count("function_call_output")
