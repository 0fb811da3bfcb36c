"""LiveKit gets no backchannels while the agent speaks, and no interim transcript that is left over."""

from collections.abc import AsyncIterator
from typing import Any

from livekit.agents import Agent, AgentSession, LanguageCode, ModelSettings, stt

from offhook.core.facts import Fact, SessionClosed, TranscriptReceived
from offhook.models.offline.rules import RuleLLM, RuleSet
from offhook.session.inbound.backchannels import Backchannels

KINDS = stt.SpeechEventType
INTERIM, FINAL = KINDS.INTERIM_TRANSCRIPT, KINDS.FINAL_TRANSCRIPT


def said(kind: KINDS, text: str) -> stt.SpeechEvent:
    return stt.SpeechEvent(kind, alternatives=[stt.SpeechData(language=LanguageCode("en"), text=text)])


class Heard(Agent):
    """An agent whose own STT node gives these events."""

    def __init__(self, *given: stt.SpeechEvent) -> None:
        super().__init__(instructions="")
        self._given_events = given

    async def stt_node(self, audio: Any, model_settings: ModelSettings) -> AsyncIterator[stt.SpeechEvent]:
        for event in self._given_events:
            yield event


async def passed(*given: stt.SpeechEvent) -> tuple[list[tuple[str, str]], list[Fact]]:
    """What LiveKit gets of these events while "okay" is withheld, and the facts."""
    session: AgentSession[Any] = AgentSession(llm=RuleLLM(RuleSet(rules=(), opening="", unknown="")), vad=None)
    facts: list[Fact] = []
    Backchannels(session, facts.append, lambda text, final: text == "okay")
    agent = Heard(*given)
    await session.start(agent)
    node = await agent.stt_node(None, ModelSettings())  # type: ignore[misc]  # wrapped: it returns an awaitable
    events = [event async for event in node]
    await session.aclose()
    return [
        (event.type.name.lower(), event.alternatives[0].text if event.alternatives else "") for event in events
    ], facts


async def test_only_the_backchannel_is_withheld() -> None:
    begin = stt.SpeechEvent(KINDS.START_OF_SPEECH)
    events, facts = await passed(begin, said(INTERIM, "okay"), said(FINAL, "okay"), said(FINAL, "stop"))
    assert events == [("start_of_speech", ""), ("final_transcript", "stop")]
    assert facts == [TranscriptReceived("okay", final=final, backchannel=True) for final in (False, True)]


async def test_an_interim_transcript_that_turns_out_to_be_a_backchannel_is_emptied() -> None:
    events, _ = await passed(said(INTERIM, "oak"), said(FINAL, "okay"), said(FINAL, "okay"))
    assert events == [("interim_transcript", "oak"), ("interim_transcript", "")]


async def test_the_agent_gets_its_own_node_back_at_the_end() -> None:
    session: AgentSession[Any] = AgentSession(llm=RuleLLM(RuleSet(rules=(), opening="", unknown="")), vad=None)
    watched, agent = Backchannels(session, lambda _: None, lambda *_: False), Heard()
    await session.start(agent)
    assert "stt_node" in vars(agent)
    watched.notice(SessionClosed("user_initiated"))
    assert "stt_node" not in vars(agent)
    await session.aclose()
