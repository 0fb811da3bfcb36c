"""Lets the model begin its answer as soon as an interim transcript is stable. This works with every STT.

A wrapper replaces the agent's `stt_node`. When an interim transcript is stable, the wrapper adds an event of type
`PREFLIGHT_TRANSCRIPT`, on which LiveKit begins a preemptive answer. The wrapper passes the events of the STT on
unchanged, so the words of the turn do not change.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Callable
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import numpy as np
from livekit import rtc
from livekit.agents import Agent, AgentSession, ModelSettings, stt, utils
from livekit.agents.llm import AgentHandoff, ChatMessage, RealtimeModel
from livekit.agents.voice import events

from offhook.core.work_ahead import WorkAhead
from offhook.policies.work_ahead import SpeechLevel, StableInterim
from offhook.session.inbound.answer_evidence import llm_of

__all__ = ["EarlyTranscripts"]

NODE = "stt_node"
_KINDS = stt.SpeechEventType


class EarlyTranscripts:
    """Wraps `stt_node` of every agent of one session, if the plan allows answers to begin early."""

    def __init__(self, session: AgentSession[Any], thrown_away: Callable[[], int]) -> None:
        """`thrown_away` returns how many early answers of this call were thrown away."""
        self._session = session
        self._thrown_away = thrown_away
        self._plan: WorkAhead | None = None
        self._agents: dict[Agent, Any] = {}
        self._streams: set[_Stream] = set()
        self._silent = True

    def use(self, plan: WorkAhead) -> None:
        """Begin answers early from now on. Call this before the session starts."""
        self._plan = plan

    def take(self, event: object) -> None:
        """Call this method with each session event before the event's handlers run."""
        match event:
            case _ if self._plan is None:
                return
            case events.ConversationItemAddedEvent(item=AgentHandoff()):  # LiveKit starts the STT after this event
                self._wrap(self._session.current_agent, self._plan)
            case events.ConversationItemAddedEvent(item=ChatMessage(role="user")):
                for stream in self._streams:
                    stream.end_turn(allowed=self._thrown_away() < self._plan.per_call)
            case events.UserStateChangedEvent(new_state=state):
                self._silent = state != "speaking"
                for stream in self._streams:
                    stream.silent(silent=self._silent)

    def after(self, event: object) -> None:
        """Remove the wrappers when the session closes. Call this method after the event's handlers, because `stt_node`
        may have other wrappers: the wrapper that was added first must be removed last.
        """
        if isinstance(event, events.CloseEvent):
            self._unwrap()

    def _wrap(self, agent: Agent, plan: WorkAhead) -> None:
        if agent in self._agents or not self._works_with(agent):
            return
        inner, self._agents[agent] = agent.stt_node, vars(agent).get(NODE)

        async def stt_node(audio: AsyncIterable[Any], settings: ModelSettings) -> Any:
            stream = _Stream(replace(plan, per_turn=min(plan.per_turn, self._most)))
            found: Any = inner(stream.heard(audio), settings)
            found = await found if asyncio.iscoroutine(found) else found
            return self._with_early(stream, found) if isinstance(found, AsyncIterable) else found

        setattr(agent, NODE, stt_node)

    def _works_with(self, agent: Agent) -> bool:
        """True if the turn detection, the LLM and the session's options permit answers that begin early."""
        turns = agent.turn_detection if utils.is_given(agent.turn_detection) else self._session.turn_detection
        if turns in ("manual", "realtime_llm") or isinstance(llm_of(self._session), RealtimeModel):
            return False
        return self._session.options.preemptive_generation["enabled"] and self._most > 0

    @property
    def _most(self) -> int:
        """How many answers LiveKit may begin on interim transcripts of one turn. One more answer is reserved for the
        final transcript.
        """
        return self._session.options.preemptive_generation["max_retries"] - 1

    def _unwrap(self) -> None:
        for agent, own in self._agents.items():
            vars(agent).pop(NODE, None)
            vars(agent).update({NODE: own} if own else {})
        self._agents.clear()

    async def _with_early(
        self, stream: "_Stream", given: AsyncIterable[stt.SpeechEvent]
    ) -> AsyncGenerator[stt.SpeechEvent, None]:
        stream.silent(silent=self._silent)
        self._streams.add(stream)
        try:
            async with aclosing(stream.events(given)) as found:
                async for event in found:
                    yield event
        finally:
            self._streams.discard(stream)


class _Stream:
    """The events of one STT stream, plus a `PREFLIGHT_TRANSCRIPT` event for each stable interim transcript."""

    def __init__(self, plan: WorkAhead) -> None:
        self._stable = StableInterim(plan)
        self._level = SpeechLevel()
        self._allowed = True
        self._last: stt.SpeechEvent | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()
        self._events: asyncio.Queue[stt.SpeechEvent | None] = asyncio.Queue()
        self._error: BaseException | None = None

    def silent(self, *, silent: bool) -> None:
        """Record whether the VAD reports silence."""
        self._stable.silent(silent=silent)
        self._wait()

    def end_turn(self, *, allowed: bool) -> None:
        """Record that the caller's turn has ended. If not `allowed`, no more answers begin early."""
        self._stable.end_turn()
        self._allowed = self._allowed and allowed

    async def heard(self, audio: AsyncIterable[rtc.AudioFrame]) -> AsyncGenerator[rtc.AudioFrame, None]:
        """Yield the caller's audio unchanged, and detect the caller's pauses."""
        before = False
        async for frame in audio:
            pauses = self._level.pauses(_level(frame), frame.duration)
            if pauses != before:
                before = pauses
                self._stable.pausing(pauses=pauses)
                self._wait()
            yield frame

    async def events(self, given: AsyncIterable[stt.SpeechEvent]) -> AsyncGenerator[stt.SpeechEvent, None]:
        """Yield the events of the STT unchanged and in order, and the added events between them."""
        reading = asyncio.create_task(self._read(given), name="offhook early transcripts")
        try:
            while (event := await self._events.get()) is not None:
                yield event
            if self._error is not None:
                raise self._error
        finally:
            self._allowed = False
            self._wait()
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _read(self, given: AsyncIterable[stt.SpeechEvent]) -> None:
        try:
            async for event in given:
                self._take(event)
                self._events.put_nowait(event)
                self._wait()
        except Exception as error:  # noqa: BLE001  # `events` raises the error again
            self._error = error
        finally:
            self._events.put_nowait(None)
            if (close := getattr(given, "aclose", None)) is not None:
                await close()

    def _take(self, event: stt.SpeechEvent) -> None:
        match event.type:
            case _KINDS.INTERIM_TRANSCRIPT if event.alternatives:
                self._last = event
                self._stable.interim(event.alternatives[0].text, self._loop.time())
            case _KINDS.FINAL_TRANSCRIPT:
                self._stable.final()
            case _KINDS.PREFLIGHT_TRANSCRIPT:  # the STT itself reports when an answer may begin, so add no events
                self._allowed = False

    def _wait(self) -> None:
        """Set the timer for the time at which the transcript is stable."""
        if self._timer is not None:
            self._timer.cancel()
        deadline = self._stable.deadline if self._allowed else None
        self._timer = None if deadline is None else self._loop.call_at(deadline, self._add)

    def _add(self) -> None:
        if self._last is not None and self._stable.due(self._loop.time()):
            self._events.put_nowait(replace(self._last, type=_KINDS.PREFLIGHT_TRANSCRIPT))
        self._wait()


def _level(frame: rtc.AudioFrame) -> float:
    """Return the root mean square of the samples."""
    pcm = np.frombuffer(frame.data, np.int16).astype(np.float32)
    return float(np.sqrt(np.mean(pcm * pcm))) if len(pcm) else 0.0
