"""A caller who makes a sound while the agent speaks: the agent pauses at once, and goes on or is interrupted."""

import gc
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from livekit.agents import Agent, AgentSession

from offhook import BargeIn, Call, Ending, OngoingCall, Plan, serve
from offhook.core.errors import PlanError
from offhook.facts import LinePlayed, MessageCommitted, PlayoutPaused
from offhook.session.outbound.playout import Playout
from offhook.testing import ScriptedCaller, simulate
from offhook.testing.compare.spec import VoiceSpec
from offhook.testing.compare.voice import PacedVoice
from offhook.testing.simulation.result import SimulatedCall

STORY = "The front desk is open day and night, and the restaurant serves dinner from six to eleven on every day."
LONG = " ".join([STORY] * 3)
QUESTION = "Do you want the table for two? We have it at six, and it is in the garden."
Planning = Callable[[Call], Plan | Awaitable[Plan]]
SECONDS = 6.87
"""The length of `STORY`."""
REPLIES = {"no": "Fine.", "monday": "On Monday it is closed.", "yeah": "It is yours."}


class Desk(Agent):
    """Says nothing by itself."""

    def __init__(self) -> None:
        super().__init__(instructions="You are a desk.")


class Night(Desk):
    """The agent of the night."""

    async def on_enter(self) -> None:
        self.session.say(STORY)


def story(_: Call) -> Plan:
    return Plan(agent=Desk(), greeting=STORY)


def long_story(_: Call) -> Plan:
    return Plan(agent=Desk(), greeting=LONG)


def question(_: Call) -> Plan:
    return Plan(agent=Desk(), greeting=QUESTION)


def off(_: Call) -> Plan:
    return Plan(agent=Desk(), greeting=STORY, barge_in=None)


def own_words(_: Call) -> Plan:
    return Plan(agent=Desk(), greeting=STORY, barge_in=BargeIn(backchannels=("roger",)))


async def own_session(_: Call) -> Plan:
    return Plan(agent=Desk(), greeting=STORY, session=AgentSession(turn_handling={"turn_detection": "vad"}))


async def asked_for(_: Call) -> Plan:
    session: AgentSession[Any] = AgentSession(turn_handling={"turn_detection": "vad"})
    return Plan(agent=Desk(), greeting=STORY, session=session, barge_in=BargeIn())


def bare(_: Call) -> Plan:
    return Plan(agent=Desk(), greeting=STORY, dead_air=None)


def hands_over(_: Call) -> Plan:
    return Plan(agent=Desk(), greeting=STORY, on={PlayoutPaused: to_the_night})


async def to_the_night(_: PlayoutPaused, ongoing: OngoingCall) -> None:
    if not isinstance(ongoing.session.current_agent, Night):
        ongoing.session.update_agent(Night())


def forbids(_: Call) -> Plan:
    return Plan(agent=Desk(), greeting=STORY, on={PlayoutPaused: forbid_interruptions})


async def forbid_interruptions(_: PlayoutPaused, ongoing: OngoingCall) -> None:
    """As LiveKit does for the line before a task that a tool awaits."""
    assert ongoing.session.current_speech is not None
    ongoing.session.current_speech.allow_interruptions = False


def trails_off(_: Call) -> Plan:
    voice = PacedVoice(VoiceSpec(rates=(15.0,), tail=2.0))
    return Plan(agent=Desk(), greeting=STORY, session={"tts": voice})


def finishes(_: Call) -> Plan:
    return Plan(agent=Desk(), greeting="Hello.", on={LinePlayed: says_goodbye}, ending=Ending(on_interruption="finish"))


def reconsiders(_: Call) -> Plan:
    ending = Ending(on_interruption="reconsider")
    return Plan(agent=Desk(), greeting="Hello.", on={LinePlayed: says_goodbye}, ending=ending)


async def says_goodbye(fact: LinePlayed, ongoing: OngoingCall) -> None:
    if fact.tag == "greeting":
        ongoing.end(STORY)


@dataclass(frozen=True)
class Heard:
    """A call, and when the agent was heard."""

    call: SimulatedCall
    agent: list[tuple[float, float]]

    def why(self, name: str) -> list[str]:
        """The reasons of the policy's decisions of this name."""
        return [str(one.body["why"]) for one in self.call.records if one.name == name and one.by == "barge_in"]

    def facts(self, name: str) -> int:
        return len(self.call.at(name))

    @property
    def seconds(self) -> float:
        return round(sum(ended - began for began, ended in self.agent), 2)


def speaks_over(plan: Planning, words: str = "", *, at: float = 4.0, sound: float = 0.3, times: int = 1) -> Heard:
    """So many seconds after the start of the call, the caller says words, or makes a sound."""
    agent: list[tuple[float, float]] = []

    async def caller(call: ScriptedCaller) -> None:
        await call.silent(at)
        for _ in range(times):
            await (call.says(words) if words else call.makes("cough", sound))
            await call.silent(0.8)
        await call.silent(20)
        agent[:] = [
            (round(began - call.joined_at, 2), round(ended - call.joined_at, 2)) for began, ended in heard(call)
        ]

    played = simulate(serve(plan), caller, stays=1.0, replies=REPLIES)
    assert played.errors == ()
    return Heard(played, agent)


def heard(call: ScriptedCaller) -> list[tuple[float, float]]:
    return call.earpiece.sound


def test_the_first_sound_pauses_the_agent_and_a_cough_lets_it_go_on_from_there() -> None:
    call = speaks_over(story)
    assert call.agent == [(0.0, 4.05), (5.15, 7.97)]
    assert call.seconds == pytest.approx(SECONDS, abs=0.02)
    assert call.call.said == [STORY]
    assert call.why("PausePlayout") == ["a sound of the caller"]
    assert call.why("ResumePlayout") == ["a sound without words"]


@pytest.mark.parametrize("words", ["mhm", "okay", "yeah right", "I see"])
def test_a_backchannel_lets_the_agent_go_on_and_is_no_turn(words: str) -> None:
    call = speaks_over(story, words)
    assert len(call.agent) == 2
    assert call.seconds == pytest.approx(SECONDS, abs=0.02)
    assert (call.call.said, call.call.heard) == ([STORY], [])
    assert call.why("ResumePlayout") == ["the caller said a backchannel"]
    assert words in [line.text for line in call.call.transcript]
    heard = [one.body for one in call.call.records if one.name == "TranscriptReceived"]
    assert all(body["backchannel"] for body in heard)
    assert "is not part of the conversation" not in call.call.timeline


@pytest.mark.parametrize(("words", "answer"), [("no", "Fine."), ("what about monday", "On Monday it is closed.")])
def test_words_interrupt_and_the_model_knows_what_was_played(words: str, answer: str) -> None:
    call = speaks_over(story, words)
    assert call.agent[0] == (0.0, 4.05)
    assert call.call.said[1:] == [answer]
    assert STORY.startswith(call.call.said[0])
    assert len(call.call.said[0]) / len(STORY) == pytest.approx(4.05 / SECONDS, abs=0.12)
    assert call.call.heard == [words]
    assert call.why("ResumePlayout") == []


def test_after_a_question_a_backchannel_is_an_answer() -> None:
    call = speaks_over(question, "yeah", at=3.1)
    assert call.call.heard == ["yeah"]
    assert call.call.said[1] == "It is yours."


@pytest.mark.slow
def test_a_noise_of_half_a_minute_pauses_the_agent_for_some_seconds_only() -> None:
    call = speaks_over(long_story, sound=30)
    assert call.agent == [(0.0, 4.05), (10.05, pytest.approx(26.6, abs=0.1))]
    assert call.call.said == [LONG]
    assert call.why("ResumePlayout") == ["6 s of sound without more words"]


@pytest.mark.slow
def test_a_noise_that_comes_again_and_again_pauses_the_agent_for_some_seconds_only() -> None:
    call = speaks_over(long_story, sound=0.4, times=20)
    paused = call.agent[-1][1] - call.seconds
    assert paused < 15
    assert call.call.said == [LONG]
    assert any("sounds without words" in why for why in call.why("Note"))


def test_two_voices_are_never_heard_for_longer_than_the_vad_needs() -> None:
    call = speaks_over(story, "what about monday evening please and some more words")
    (_, paused), (answered, _) = call.agent
    spoken = next(one for one in call.call.sounds if one[0] == 4.0)
    assert paused - spoken[0] == pytest.approx(0.05)
    assert answered > spoken[1]


def test_a_caller_who_begins_in_the_warm_up_pauses_the_agent_after_it() -> None:
    call = speaks_over(story, "what about monday evening please and some more words here", at=1.0)
    assert call.agent[0] == (0.0, 3.0)
    assert call.call.said[1:] == ["On Monday it is closed."]


def test_a_goodbye_that_is_finished_is_not_paused() -> None:
    call = speaks_over(finishes, "no no wait", at=5.0)
    assert call.call.reason == "agent_ended"
    assert call.call.said[-1] == STORY
    assert call.facts("PlayoutPaused") == 0
    assert call.facts("PlayoutKept") == 1


def test_a_goodbye_that_is_reconsidered_goes_on_after_a_backchannel() -> None:
    call = speaks_over(reconsiders, "okay", at=5.0)
    assert (call.call.reason, call.call.said[-1]) == ("agent_ended", STORY)
    assert call.facts("PlayoutPaused") == 1


def test_a_goodbye_that_is_reconsidered_is_cancelled_by_words() -> None:
    call = speaks_over(reconsiders, "no wait", at=5.0)
    assert call.call.reason == "caller_hung_up"
    assert call.facts("EndCancelled") == 1


def test_a_handoff_in_the_pause_waits_for_the_paused_speech() -> None:
    call = speaks_over(hands_over)
    assert call.call.said == [STORY, STORY]
    assert call.seconds == pytest.approx(2 * SECONDS, abs=0.05)


def test_a_backchannel_does_not_interrupt_the_next_agent_either() -> None:
    call = speaks_over(hands_over, "mhm", times=6)
    assert (call.call.said, call.call.heard) == ([STORY, STORY], [])
    assert call.facts("PlayoutPaused") == 6


def test_a_pause_ends_with_the_callers_words_if_the_paused_line_may_not_be_interrupted_any_more() -> None:
    call = speaks_over(forbids, "what about monday evening please and some more words")
    (_, paused), (began, _) = call.agent[:2]
    words = next(one for one in call.call.sounds if one[0] == 4.0)
    assert paused == pytest.approx(4.05)
    assert words[1] < began < words[1] + 0.4
    assert call.call.said[0] == STORY


def test_a_short_sound_does_not_pause_the_silence_at_the_end_of_a_line() -> None:
    spoken = len(STORY) / 15
    before, after = (speaks_over(trails_off, at=spoken + shift) for shift in (-1.0, 0.5))
    assert before.facts("PlayoutPaused") == 1
    assert (after.facts("PlayoutPaused"), after.facts("PlayoutKept")) == (0, 1)
    assert after.call.said == [STORY]


@pytest.mark.slow
def test_own_backchannels_replace_the_built_in_ones() -> None:
    assert speaks_over(own_words, "roger").call.heard == []
    assert speaks_over(own_words, "okay").call.heard == ["okay"]


@pytest.mark.parametrize("plan", [off, own_session])
def test_without_barge_in_livekits_own_way_stays(plan: Planning) -> None:
    call = speaks_over(plan, "mhm")
    assert call.call.heard == ["mhm"]
    assert call.why("PausePlayout") == []
    assert call.agent[0][1] > 4.05


@pytest.mark.parametrize("plan", [asked_for, bare])
def test_it_works_in_own_sessions_and_without_other_policies(plan: Planning) -> None:
    call = speaks_over(plan, "mhm")
    assert (call.call.heard, call.call.said) == ([], [STORY])
    assert call.why("ResumePlayout") == ["the caller said a backchannel"]


def test_a_plan_does_not_ask_for_both_ways() -> None:
    session = {"turn_handling": {"interruption": {"min_words": 2}}}
    with pytest.raises(PlanError, match="replaces LiveKit's rules for interruptions, and session has min_words"):
        Plan(agent=Desk(), session=session, barge_in=BargeIn())
    assert Plan(agent=Desk(), session=session).planned.barge_in is None
    assert (
        Plan(agent=Desk(), session={"turn_handling": {"interruption": {"mode": "vad"}}}).planned.barge_in == BargeIn()
    )


KEPT: list[int] = []


async def count_speeches(_: MessageCommitted, ongoing: OngoingCall) -> None:
    owners = [one for one in gc.get_objects() if isinstance(one, Playout) and one._session is ongoing.session]
    KEPT.extend(len(one._speeches) for one in owners)


def counting(_: Call) -> Plan:
    return Plan(agent=Desk(), greeting=QUESTION, on={MessageCommitted: count_speeches})


@pytest.mark.slow
def test_a_call_does_not_keep_the_speeches_that_are_over() -> None:
    async def caller(call: ScriptedCaller) -> None:
        await call.silent(8)
        for words in ("no", "monday", "no", "monday"):
            await call.says(words)
            await call.silent(5)

    KEPT.clear()
    assert simulate(serve(counting), caller, stays=1.0, replies=REPLIES).errors == ()
    assert len(KEPT) >= 8
    assert max(KEPT) <= 2
