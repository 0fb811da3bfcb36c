"""Unprompted speech of the agent's code delays a step for a moment; silence counts from the conversation."""

from typing import Any

import pytest

from offhook.core.decisions import EndCall, Say
from offhook.core.facts import (
    ActionDone,
    AgentHandoff,
    AgentStateChanged,
    CallerFound,
    CallerStateChanged,
    CallerStatus,
    Fact,
    KeyPressed,
    LinePlayed,
    MessageCommitted,
    PauseChanged,
    SilenceChanged,
    SpeechNotPlayed,
    ToolEnded,
    ToolStarted,
    TranscriptReceived,
    TtsStalled,
)
from offhook.core.ladder import Caps, Silence
from offhook.core.steps import end, goodbye, say

LADDER = Silence(say("Still there?", after=8), goodbye("Bye.", after=8), hold=3)


def steps(log: list[Any]) -> list[float]:
    """The times at which a line was played or the call ended."""
    return [at for at, decision in log if isinstance(decision, Say | EndCall)]


def thinks(at: float, speech: str = "") -> tuple[float, Fact]:
    return at, AgentStateChanged("thinking", since=at, speech=speech)


def test_a_nudge_does_not_begin_the_count_anew(call: Any) -> None:
    facts = [*call.speaks(0, 1), *call.speaks(4, 5, "nudge")]
    log = call.run(facts, until=9)
    assert [(at, decision.why) for at, decision in log if isinstance(decision, Say)] == [
        (9, "8.00 s since the agent stopped speaking, step 1 of 3")
    ]


def test_a_model_that_thinks_about_a_nudge_does_not_begin_it_anew_either(call: Any) -> None:
    facts = [*call.speaks(0, 1), thinks(3.5, "nudge"), *call.speaks(4, 5, "nudge")]
    assert steps(call.run(facts, until=9)) == [9]


def test_nobody_is_asked_while_the_agent_nudges_and_not_in_the_moment_after(call: Any) -> None:
    facts = [*call.speaks(0, 1), thinks(6, "nudge"), *call.speaks(8, 12, "nudge")]
    assert steps(call.run(facts, until=14)) == [14]


def test_whoever_answers_a_nudge_is_heard_out(call: Any) -> None:
    facts = [*call.speaks(0, 1), *call.speaks(7, 12, "nudge"), (13.5, CallerStateChanged("speaking", since=13.5))]
    assert steps(call.using(LADDER).run(facts, until=16.9)) == []


def test_a_nudge_that_comes_to_nothing_holds_nothing(call: Any) -> None:
    facts = [*call.speaks(0, 1), thinks(4, "nudge"), call.listens(6)]
    assert steps(call.run(facts, until=9)) == [9]


def test_a_nudge_before_each_step_does_not_keep_the_call_open(call: Any) -> None:
    nudges = [fact for at in range(4, 60, 3) for fact in call.speaks(at, at + 0.9, f"nudge {at}")]
    assert steps(call.using(LADDER).run([*call.speaks(0, 1), *nudges], until=60)) == [9.9, 18.9]


def test_a_nudge_that_never_ends_holds_a_step_up_to_its_cap(call: Any) -> None:
    call = call.using(Silence(end(after=8), caps=Caps(speaking=20)))
    facts = [*call.speaks(0, 1), (5, AgentStateChanged("speaking", since=5, speech="nudge"))]
    assert steps(call.run(facts, until=100)) == [25]


def test_code_that_never_stops_speaking_is_not_waited_for_for_ever(call: Any) -> None:
    call = call.using(Silence(end(after=8), caps=Caps(speaking=20)))
    facts = [fact for at in range(0, 100, 2) for fact in call.speaks(at, at + 1, f"line {at}")]
    assert steps(call.run(facts, until=100)) == [49]


def test_a_ladder_that_is_given_in_the_middle_of_a_nudge_counts_from_there(call: Any) -> None:
    facts = [*call.speaks(0, 1), *call.speaks(4, 6, "nudge"), (5, SilenceChanged(LADDER))]
    assert steps(call.run(facts, until=13)) == [13]


def test_what_is_said_in_several_lines_counts_from_the_last(call: Any) -> None:
    facts = [
        *call.speaks(0, 1, "hello"),
        *call.speaks(1.5, 9, "notice"),
        thinks(9.5, "help"),
        *call.speaks(11, 12, "help"),
    ]
    assert steps(call.run(facts, until=20)) == [20]


def test_a_second_line_of_a_nudge_is_a_nudge(call: Any) -> None:
    facts = [*call.speaks(0, 1), *call.speaks(4, 5, "one"), *call.speaks(5.5, 6, "two")]
    assert steps(call.run(facts, until=9)) == [9]


def test_a_line_that_a_sound_has_paused_goes_on_as_the_same_line(call: Any) -> None:
    facts = [*call.speaks(0, 1, "greeting"), *call.speaks(4, 12, "greeting")]
    assert steps(call.run(facts, until=20)) == [20]


@pytest.mark.parametrize(
    "fact",
    [
        TranscriptReceived("one moment", final=True),
        MessageCommitted("user", "one moment"),
        KeyPressed("1"),
        ToolEnded("t", "done"),
        AgentHandoff("kitchen"),
        ActionDone("retry"),
        PauseChanged("code", paused=False),
        SpeechNotPlayed("You can come at five."),
        TtsStalled(since=0.0),
    ],
    ids=lambda fact: type(fact).__name__,
)
def test_what_code_says_after_this_belongs_to_the_conversation(call: Any, fact: Fact) -> None:
    facts = [*call.speaks(0, 1), (4, fact), *call.speaks(6, 7, "by code")]
    assert steps(call.run(facts, until=15)) == [15]


def test_what_a_tool_says_while_it_works_belongs_to_the_conversation(call: Any) -> None:
    facts = [(1, ToolStarted("t", "book", "{}")), *call.speaks(4, 5, "update"), *call.speaks(20, 30, "update 2")]
    assert steps(call.run([*facts, (31, ToolEnded("t", "done"))], until=39)) == [39]


def test_what_is_said_beside_a_tool_that_hangs_does_not(call: Any) -> None:
    call = call.using(LADDER)
    nudges = [
        fact
        for at in range(3, 120, 6)
        for fact in (
            (at, AgentStateChanged("speaking", since=at, speech=f"nudge {at}")),
            thinks(at + 1),  # LiveKit's state while a tool runs in the background
        )
    ]
    log = call.run([call.listens(0), (1, ToolStarted("t", "book", "{}")), *nudges], until=120)
    assert steps(log) == [69, 78]


def test_an_answer_is_waited_for_also_beside_a_tool_that_hangs(call: Any) -> None:
    facts = [call.listens(0), (1, ToolStarted("t", "book", "{}")), *call.speaks(2, 3), call.words(80), thinks(80.2)]
    assert steps(call.run(facts, until=108.2))[1:] == [108.2]


def test_a_step_counts_from_its_own_last_word_also_when_a_nudge_came_before_it(call: Any) -> None:
    call = call.using(LADDER)
    nudge = call.speaks(9.1, 10, "nudge")
    facts = [*call.speaks(0, 1), *nudge, *call.speaks(13, 14, "step"), (14, LinePlayed("silence"))]
    assert steps(call.run(facts, until=22)) == [9, 22]


def test_a_line_of_offhooks_own_is_part_of_the_conversation(call: Any) -> None:
    facts = [*call.speaks(0, 1), *call.speaks(6, 7, "sorry"), (7.1, LinePlayed("unheard"))]
    assert steps(call.run(facts, until=15)) == [15]


@pytest.mark.parametrize("agent", ["listening", "speaking"])
def test_nothing_counts_while_the_phone_rings(call: Any, agent: Any) -> None:
    ringing = call.ringing(LADDER)
    facts = [(0, AgentStateChanged(agent, since=0)), (30, CallerStatus("ringing")), (40, CallerStatus("active"))]
    assert ringing.run(facts, until=39) == []
    assert steps(ringing.run(call.speaks(41, 42, "greeting"), until=50)) == [50]


def test_nothing_counts_before_a_caller_is_there(call: Any) -> None:
    empty = call.ringing(LADDER)
    assert empty.run([call.listens(0), (60, CallerFound("anna", phone=False, active=True))], until=60) == []
    assert steps(empty.run([], until=68)) == [68]


def test_a_phone_that_becomes_active_again_begins_nothing_anew(call: Any) -> None:
    facts = [call.listens(0), (4, CallerStatus("active"))]
    assert steps(call.run(facts, until=8)) == [8]
