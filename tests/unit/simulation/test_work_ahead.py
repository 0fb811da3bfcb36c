"""Answers that begin on a stable interim transcript, in whole simulated calls."""

import asyncio
from collections.abc import AsyncIterable, Callable
from dataclasses import replace
from typing import Any

import pytest
from livekit.agents import Agent, APIConnectionError, StopResponse, function_tool, stt

from offhook import Call, Plan, WorkAhead, serve
from offhook.facts import TranscriptReceived
from offhook.models.offline.rules import Reply
from offhook.testing import ScriptedCaller

ASKED = "what time is it"
MORE = "what time is it and in Rome"
REPLIES = {"and in Rome": "In Rome it is one.", ASKED: "It is noon."}
FINAL = stt.SpeechEventType.FINAL_TRANSCRIPT
INTERIM = stt.SpeechEventType.INTERIM_TRANSCRIPT
REQUESTS: list[str] = []
RUN: list[str] = []
HEARD: list[tuple[str, bool]] = []
AGENTS: list[Agent] = []
INTERIMS: dict[str, list[tuple[float, str]]] = {}
"""The interim transcripts of what the caller says: seconds after the one before, and the text."""
LATE = 1.0


class Slow(Agent):
    """An agent with a slow STT: after the interim transcripts, the final one comes a second later."""

    async def stt_node(self, audio: AsyncIterable[Any], model_settings: Any) -> AsyncIterable[stt.SpeechEvent]:
        async for event in Agent.default.stt_node(self, audio, model_settings):
            if event.type is FINAL:
                for wait, text in INTERIMS.get(event.alternatives[0].text, ()):
                    await asyncio.sleep(wait)
                    yield replace(event, type=INTERIM, alternatives=[replace(event.alternatives[0], text=text)])
                await asyncio.sleep(LATE)
            if event.type is not INTERIM:
                yield event

    def __init__(self) -> None:
        super().__init__(instructions="clock")
        AGENTS.append(self)

    def llm_node(self, chat_ctx: Any, tools: Any, model_settings: Any) -> Any:
        REQUESTS.append(getattr(chat_ctx.items[-1], "text_content", "a tool result"))
        return Agent.default.llm_node(self, chat_ctx, tools, model_settings)

    @function_tool
    async def hand_over(self) -> tuple[Agent, str]:
        """Hand the call over."""
        return Slow(), "done"

    @function_tool
    async def look(self) -> str:
        """Look at the clock."""
        RUN.append("look")
        return "noon"


@pytest.fixture(autouse=True)
def nothing_yet() -> None:
    for record in (REQUESTS, RUN, HEARD, AGENTS, INTERIMS):
        record.clear()  # type: ignore[attr-defined]  # lists and a dict


class Hears(Slow):
    """An agent whose STT tells by itself when an answer may begin."""

    async def stt_node(self, audio: AsyncIterable[Any], model_settings: Any) -> AsyncIterable[stt.SpeechEvent]:
        async for event in super().stt_node(audio, model_settings):
            if event.type is INTERIM:
                yield replace(event, type=stt.SpeechEventType.PREFLIGHT_TRANSCRIPT)
            yield event


class Breaks(Slow):
    """An agent whose STT loses its connection before the second question."""

    broken = False

    async def stt_node(self, audio: AsyncIterable[Any], model_settings: Any) -> AsyncIterable[stt.SpeechEvent]:
        async for event in super().stt_node(audio, model_settings):
            yield event
            if event.type is FINAL and not self.broken:
                self.broken = True
                raise APIConnectionError("the socket is gone")


class Declines(Slow):
    """An agent that answers no turn."""

    async def on_user_turn_completed(self, turn_ctx: Any, new_message: Any) -> None:
        raise StopResponse


KINDS = {"": Slow, "hears": Hears, "breaks": Breaks, "declines": Declines}


def plan(call: Call) -> Plan:
    wish = call.metadata
    ahead = (
        None if wish == "off" else WorkAhead(per_call=1 if wish == "one" else 40, per_turn=1 if wish == "few" else 2)
    )
    off = {"turn_handling": {"preemptive_generation": {"enabled": False}}}
    return Plan(
        agent=KINDS.get(wish, Slow)(), greeting="Hello.", work_ahead=ahead, session=off if wish == "never" else {}
    )


async def hears(fact: TranscriptReceived, _: Any) -> None:
    HEARD.append((fact.text, fact.final))


def heeding(call: Call) -> Plan:
    return Plan(agent=Slow(), greeting="Hello.", work_ahead=WorkAhead(), on={TranscriptReceived: hears})


def talk(*questions: str, answers: str = "noon") -> Callable[[ScriptedCaller], Any]:
    async def script(call: ScriptedCaller) -> None:
        await call.hears("Hello")
        for question in questions:
            await call.says(question)
            await call.hears(answers)
        await call.hangs_up()

    return script


def bodies(call: Any, name: str) -> list[Any]:
    return [record.body for record in call.records if record.name == name]


def said(call: Any) -> list[tuple[str, str]]:
    return [(one["role"], one["text"]) for one in bodies(call, "MessageCommitted")]


def early(call: Any) -> list[str]:
    return ["used" if one["used"] else "thrown away" for one in bodies(call, "PreemptiveAnswer") if one["early"]]


TALK = [("assistant", "Hello."), ("user", ASKED), ("assistant", "It is noon.")]


def test_the_answer_begins_on_the_interim_transcript_and_is_used(simulate: Callable[..., Any]) -> None:
    INTERIMS[ASKED] = [(0.0, ASKED)]
    call = simulate(serve(plan), talk(ASKED), replies=REPLIES, thinks=0.5)
    plain = simulate(serve(plan), talk(ASKED), replies=REPLIES, thinks=0.5, metadata="off")
    assert (early(call), bodies(plain, "PreemptiveAnswer")) == (["used"], [])
    assert said(call) == said(plain) == TALK
    assert REQUESTS == [ASKED, ASKED]
    (timed,), (usual,) = bodies(call, "ResponseTimed"), bodies(plain, "ResponseTimed")
    assert usual["heard"] - timed["heard"] == pytest.approx(0.5, abs=0.1)


def test_an_answer_to_half_of_the_words_is_thrown_away_unheard(simulate: Callable[..., Any]) -> None:
    INTERIMS[MORE] = [(0.0, ASKED), (0.6, ASKED + " and"), (0.05, MORE)]
    call = simulate(serve(plan), talk(MORE, answers="Rome"), replies=REPLIES)
    assert early(call) == ["thrown away", "used"]
    assert said(call) == [("assistant", "Hello."), ("user", MORE), ("assistant", "In Rome it is one.")]
    assert REQUESTS == [ASKED, MORE]
    assert [one["id"] for one in bodies(call, "SpeechCreated")] == [one["id"] for one in bodies(call, "SpeechEnded")]


def test_a_turn_begins_no_more_answers_than_the_plan_allows(simulate: Callable[..., Any]) -> None:
    INTERIMS[MORE] = [(0.0, "what"), (0.5, "what time"), (0.5, ASKED), (0.5, MORE)]
    call = simulate(serve(plan), talk(MORE, answers="Rome"), replies=REPLIES, metadata="few")
    assert early(call) == ["thrown away"]
    assert REQUESTS == ["what", MORE]
    assert said(call)[-1] == ("assistant", "In Rome it is one.")


def test_a_call_throws_no_more_answers_away_than_the_plan_allows(simulate: Callable[..., Any]) -> None:
    INTERIMS[MORE] = [(0.0, ASKED), (0.6, MORE)]
    INTERIMS[ASKED] = [(0.0, ASKED)]
    call = simulate(serve(plan), talk(MORE, ASKED, answers="it is"), replies=REPLIES, metadata="one")
    assert early(call) == ["thrown away", "used"]
    assert REQUESTS == [ASKED, MORE, ASKED]


def test_each_turn_may_begin_answers_again(simulate: Callable[..., Any]) -> None:
    INTERIMS[ASKED] = [(0.0, ASKED)]
    call = simulate(serve(plan), talk(ASKED, ASKED, ASKED), replies=REPLIES, metadata="few")
    assert early(call) == ["used"] * 3


@pytest.mark.parametrize("wish", ["off", ""])
def test_an_stt_without_interim_transcripts_changes_nothing(simulate: Callable[..., Any], wish: str) -> None:
    call = simulate(serve(plan), talk(ASKED), replies=REPLIES, metadata=wish)
    assert (bodies(call, "PreemptiveAnswer"), said(call), REQUESTS) == ([], TALK, [ASKED])


def test_the_same_interim_transcript_for_ever_begins_one_answer(simulate: Callable[..., Any]) -> None:
    INTERIMS[ASKED] = [(0.05, ASKED)] * 60
    call = simulate(serve(plan), talk(ASKED), replies=REPLIES)
    assert (early(call), REQUESTS, said(call)) == (["used"], [ASKED], TALK)
    partials = [one for one in bodies(call, "TranscriptReceived") if not one["final"]]
    assert len(partials) <= 8  # two a second


@pytest.mark.parametrize("words", [[(0.0, ASKED)], [(0.0, ASKED), (0.6, MORE)]])
def test_a_tool_runs_once(simulate: Callable[..., Any], words: Any) -> None:
    INTERIMS[words[-1][1]] = words
    replies = {ASKED: Reply(tool="look"), "tool:look": "It is noon."}
    call = simulate(serve(plan), talk(words[-1][1]), replies=replies)
    assert RUN == ["look"]
    assert early(call)[-1] == "used"
    assert len(bodies(call, "ToolStarted")) == 1


def test_handlers_get_interim_transcripts_while_the_caller_speaks(simulate: Callable[..., Any]) -> None:
    INTERIMS[MORE] = [(0.0, ASKED), (0.6, MORE)]
    simulate(serve(heeding), talk(MORE, answers="Rome"), replies=REPLIES)
    assert HEARD == [(ASKED, False), (MORE, False), (MORE, True)]


def test_a_model_that_hangs_after_an_answer_was_thrown_away_is_noticed(simulate: Callable[..., Any]) -> None:
    INTERIMS[MORE] = [(0.0, ASKED), (0.6, MORE)]

    async def script(call: ScriptedCaller) -> None:
        await call.hears("Hello")
        await call.says(MORE)
        await call.hears("One moment")
        await call.hangs_up()

    call = simulate(serve(plan), script, replies=REPLIES, thinks=60)
    assert early(call)[0] == "thrown away"


def test_an_stt_that_begins_answers_itself_is_left_alone(simulate: Callable[..., Any]) -> None:
    INTERIMS[ASKED] = [(0.0, ASKED)]
    call = simulate(serve(plan), talk(ASKED), replies=REPLIES, metadata="hears")
    assert (early(call), REQUESTS) == (["used"], [ASKED])


@pytest.mark.slow
def test_a_lost_connection_of_the_stt_is_lost_for_livekit_too(simulate: Callable[..., Any]) -> None:
    INTERIMS[ASKED] = [(0.0, ASKED)]
    call = simulate(serve(plan), talk(ASKED, ASKED), replies=REPLIES, metadata="breaks")
    assert early(call) == ["used", "used"]
    assert said(call) == [*TALK, *TALK[1:]]


def test_a_turn_that_the_agent_declines_has_no_answer(simulate: Callable[..., Any]) -> None:
    INTERIMS[ASKED] = [(0.0, ASKED)]

    async def script(call: ScriptedCaller) -> None:
        await call.hears("Hello")
        await call.says(ASKED)
        await call.silent(20)
        await call.hangs_up()

    call = simulate(serve(plan), script, replies=REPLIES, metadata="declines")
    assert said(call) == TALK[:1]


def test_the_agent_after_a_handoff_begins_early_too_and_gets_its_method_back(simulate: Callable[..., Any]) -> None:
    INTERIMS[ASKED] = [(0.0, ASKED)]
    replies = {**REPLIES, "someone else": Reply(tool="hand_over"), "tool:hand_over": "Now it is noon."}
    call = simulate(serve(plan), talk("someone else", ASKED), replies=replies)
    assert early(call) == ["used"]
    assert len(AGENTS) == 2
    assert not any("stt_node" in vars(agent) for agent in AGENTS)


def test_a_caller_who_interrupts_is_answered_as_without_early_answers(simulate: Callable[..., Any]) -> None:
    INTERIMS[MORE] = [(0.0, MORE)]

    async def script(call: ScriptedCaller) -> None:
        await call.hears("Hello")
        await call.says(ASKED)
        await call.interrupts(MORE, after="noon")
        await call.hears("Rome")
        await call.hangs_up()

    long = {
        "and in Rome": "In Rome it is one.",
        ASKED: "It is noon, " + "and it stays noon for a while, " * 5 + "really.",
    }
    call = simulate(serve(plan), script, replies=long)
    assert early(call) == []  # LiveKit begins none while the agent's own speech may go on
    assert bodies(call, "MessageCommitted")[2]["interrupted"]
    assert said(call)[-2:] == [("user", MORE), ("assistant", "In Rome it is one.")]


def test_a_plan_that_forbids_preemptive_answers_is_refused(simulate: Callable[..., Any]) -> None:
    async def script(call: ScriptedCaller) -> None:
        await call.hears("went wrong")

    call = simulate(serve(plan), script, metadata="never")
    assert "leave one of the two out" in bodies(call, "Ended")[0]["detail"]
