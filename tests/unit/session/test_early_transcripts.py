"""The event that is added for a stable interim transcript, and when it comes."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator
from typing import Any

import numpy as np
import pytest
from livekit import rtc
from livekit.agents import Agent, LanguageCode, ModelSettings, stt
from livekit.agents.llm import AgentHandoff
from livekit.agents.voice import events

from offhook.core.work_ahead import WorkAhead
from offhook.session.inbound.work_ahead import EarlyTranscripts

KINDS = stt.SpeechEventType
SPEAKING = events.UserStateChangedEvent(old_state="listening", new_state="speaking")
SILENT = events.UserStateChangedEvent(old_state="speaking", new_state="listening")


class Talks(Agent):
    """An agent whose STT understands these words at once."""

    def __init__(self, words: str) -> None:
        super().__init__(instructions="desk")
        self.words = words

    async def stt_node(self, audio: AsyncIterable[Any], model_settings: Any) -> AsyncIterable[stt.SpeechEvent]:
        said = stt.SpeechData(language=LanguageCode("en"), text=self.words, confidence=0.8)
        yield stt.SpeechEvent(KINDS.INTERIM_TRANSCRIPT, request_id="r1", alternatives=[said])
        async for _ in audio:
            pass
        yield stt.SpeechEvent(KINDS.FINAL_TRANSCRIPT, request_id="r1", alternatives=[said])


async def sound(*levels: int) -> AsyncIterator[rtc.AudioFrame]:
    for level in levels:
        await asyncio.sleep(0.05)
        yield rtc.AudioFrame(np.full(800, level, np.int16).tobytes(), 16_000, 1, 800)


async def wrapped(pick_up: Any, agent: Talks, plan: WorkAhead) -> EarlyTranscripts:
    """Wrap the agent's STT; the caller speaks."""
    early = EarlyTranscripts((await pick_up(agent)).session, lambda: 0)
    early.use(plan)
    early.take(SPEAKING)
    early.take(events.ConversationItemAddedEvent(item=AgentHandoff(new_agent_id=agent.id)))
    return early


@pytest.mark.parametrize(
    ("levels", "sentence", "at"),
    [
        ([3000] * 10 + [20] * 10, 5.0, 0.6),  # a pause of 0.1 s in the sound
        ([3000] * 20, 0.4, 0.4),  # no pause; only the time
        ([3000] * 20, 5.0, None),
    ],
)
async def test_an_answer_may_begin_before_the_vad_reports_silence(
    pick_up: Any, levels: list[int], sentence: float, at: float | None
) -> None:
    agent = Talks("What time is it?")
    await wrapped(pick_up, agent, WorkAhead(sentence=sentence))
    clock = asyncio.get_running_loop().time
    began, got = clock(), []
    async for event in await agent.stt_node(sound(*levels), ModelSettings()):  # type: ignore[misc]  # the wrapper awaits
        got.append((event.type, round(clock() - began, 2)))
        assert (event.request_id, event.alternatives[0].confidence) == ("r1", 0.8)
    added = [] if at is None else [(KINDS.PREFLIGHT_TRANSCRIPT, at)]
    assert got == [(KINDS.INTERIM_TRANSCRIPT, 0.0), *added, (KINDS.FINAL_TRANSCRIPT, 1.0)]


@pytest.mark.parametrize("silent", [True, False])
async def test_words_without_punctuation_wait_for_the_vad(pick_up: Any, silent: bool) -> None:
    agent = Talks("what time is it")
    early = await wrapped(pick_up, agent, WorkAhead())
    loop = asyncio.get_running_loop()
    if silent:
        loop.call_later(0.5, early.take, SILENT)
    began = loop.time()
    node = await agent.stt_node(sound(*[20] * 20), ModelSettings())  # type: ignore[misc]  # as above
    got = [(event.type, round(loop.time() - began, 2)) async for event in node]
    added = [(KINDS.PREFLIGHT_TRANSCRIPT, 0.5)] if silent else []
    assert got == [(KINDS.INTERIM_TRANSCRIPT, 0.0), *added, (KINDS.FINAL_TRANSCRIPT, 1.0)]
