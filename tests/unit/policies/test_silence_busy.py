"""The ladder waits for tools and thinking, up to their caps, and continues when a line fails."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.examples import examples

from offhook.core.decisions import EndCall, Say
from offhook.core.facts import (
    ActionDone,
    AgentHandoff,
    AgentStateChanged,
    CallerFound,
    CallerStateChanged,
    EndCancelled,
    Fact,
    KeyPressed,
    LinePlayed,
    PauseChanged,
    Planned,
    SilenceChanged,
    Tick,
    ToolEnded,
    ToolStarted,
    TranscriptReceived,
)
from offhook.core.ladder import Silence
from offhook.core.steps import goodbye, say
from offhook.policies.silence.policy import SilencePolicy

LADDER = Silence(say("Still there?", after=8), goodbye("Bye.", after=8), hold=6)


def seconds(log: list[Any]) -> list[float]:
    """The times at which a line was played or the call ended."""
    return [at for at, decision in log if isinstance(decision, Say | EndCall)]


def test_whoever_waits_for_an_answer_is_not_asked(call: Any) -> None:
    thinking = AgentStateChanged("thinking", since=3)
    assert call.run([call.listens(0), (3, thinking), (20, AgentStateChanged("speaking", since=20))], until=100) == []


def test_thinking_for_ever_is_not_waited_for_for_ever(call: Any) -> None:
    log = call.run([call.listens(0), (3, AgentStateChanged("thinking", since=3))], until=31)
    assert [(at, decision.why) for at, decision in log if isinstance(decision, Say)] == [
        (31, "8.00 s since the agent should have answered, step 1 of 3")
    ]


def test_a_tool_pauses_the_ladder(call: Any) -> None:
    facts = [call.listens(0), (5, ToolStarted("t", "book", "{}")), (50, ToolEnded("t", "done"))]
    log = call.run(facts, until=58)
    assert [(at, decision.why) for at, decision in log if isinstance(decision, Say)] == [
        (58, "8.00 s since the tool ended, step 1 of 3")
    ]


def test_the_last_of_several_tools_counts(call: Any) -> None:
    facts = [(at, ToolStarted(name, "book", "{}")) for at, name in ((1, "a"), (2, "b"))]
    ends = [(at, ToolEnded(name, "error")) for at, name in ((9, "a"), (20, "b"))]
    assert seconds(call.run([call.listens(0), *facts, *ends], until=28)) == [28]


def test_a_tool_whose_task_talks_to_the_caller_does_not_pause_the_ladder(call: Any) -> None:
    facts = [(1, ToolStarted("t", "confirm", "{}")), (2, AgentHandoff("task")), *call.speaks(3, 5)]
    assert seconds(call.run([call.listens(0), *facts], until=13)) == [13]


def test_a_tool_that_hangs_is_not_waited_for_for_ever(call: Any) -> None:
    log = call.run([call.listens(0), (5, ToolStarted("t", "book", "{}"))], until=73)
    assert [(at, decision.why) for at, decision in log if isinstance(decision, Say)] == [
        (73, "8.00 s since the tool should have ended, step 1 of 3")
    ]


def test_a_tool_that_was_given_up_is_not_waited_for(call: Any) -> None:
    facts = [(5, ToolStarted("t", "book", "{}")), (25, ActionDone("tool")), *call.speaks(26, 28, "sorry")]
    assert seconds(call.run([call.listens(0), *facts], until=36)) == [36]


def test_the_cap_of_a_tool_that_hangs_counts_once(call: Any) -> None:
    call = call.using(LADDER)
    facts = [
        call.listens(0),
        (5, ToolStarted("t", "book", "{}")),
        *call.speaks(73.2, 74, "step"),
        (74, LinePlayed("silence")),
    ]
    assert seconds(call.run(facts, until=100)) == [73, 82]


@pytest.mark.parametrize("last", [PauseChanged("hold", paused=True), AgentStateChanged("thinking", since=5)])
def test_the_cap_of_a_pause_or_a_thought_counts_once(call: Any, last: Fact) -> None:
    call = call.using(LADDER)
    cap = 300 if isinstance(last, PauseChanged) else 20
    step = call.speaks(cap + 13.2, cap + 14, "step")
    facts = [call.listens(0), (5, last), *step, (cap + 14, LinePlayed("silence"))]
    assert seconds(call.run(facts, until=400)) == [cap + 13, cap + 22]


def test_a_tool_is_waited_for_longer_than_a_thought(call: Any) -> None:
    facts = [(1, ToolStarted("t", "book", "{}")), (2, AgentStateChanged("thinking", since=2))]
    assert seconds(call.run([call.listens(0), *facts], until=69)) == [69]


def test_an_answer_that_hangs_after_a_tool_counts_as_thinking(call: Any) -> None:
    facts = [
        (1, AgentStateChanged("thinking", since=1)),
        (2, ToolStarted("t", "book", "{}")),
        (12, ToolEnded("t", "done")),
    ]
    assert seconds(call.run([call.listens(0), *facts], until=40)) == [40]


def test_a_ladder_that_a_tool_changes_waits_for_the_tool(call: Any) -> None:
    facts = [
        (1, AgentStateChanged("thinking", since=1)),
        (2, ToolStarted("t", "hold", "{}")),
        (3, SilenceChanged(LADDER)),
    ]
    assert call.run([call.listens(0), *facts], until=60) == []


def test_words_and_keys_while_the_agent_is_busy_leave_it_its_time(call: Any) -> None:
    facts = [(3, AgentStateChanged("thinking", since=3)), call.words(3.1), (4, KeyPressed("1"))]
    assert seconds(call.run([call.listens(0), *facts], until=31)) == [31]


@pytest.mark.parametrize("spoken", [LinePlayed("silence", error="no voice"), LinePlayed("silence", interrupted=True)])
def test_a_line_that_nobody_heard_does_not_stop_the_ladder(call: Any, spoken: Fact) -> None:
    assert seconds(call.run([call.listens(0), (8.5, spoken)], until=18.5)) == [8, 18.5]


def test_a_line_that_another_mouth_spoke_does_not_stop_the_ladder(call: Any) -> None:
    assert seconds(call.run([call.listens(0), (12, LinePlayed("silence"))], until=22)) == [8, 22]


def test_a_line_that_was_spoken_counts_from_its_last_word(call: Any) -> None:
    facts = [call.listens(0), *call.speaks(8.5, 10), (10.4, LinePlayed("silence"))]
    assert seconds(call.run(facts, until=20)) == [8, 20]


def test_a_line_that_never_begins_does_not_stop_the_ladder(call: Any) -> None:
    assert seconds(call.run([call.listens(0)], until=200)) == [8, 38, 66]


def test_lines_of_others_are_nothing_to_the_ladder(call: Any) -> None:
    assert seconds(call.run([call.listens(0), (5, LinePlayed("greeting"))], until=8)) == [8]


ANYTHING = st.one_of(
    st.builds(
        AgentStateChanged,
        st.sampled_from(["listening", "thinking", "speaking"]),
        since=st.just(0.0),
        speech=st.sampled_from(["", "one", "two"]),
    ),
    st.builds(CallerStateChanged, st.sampled_from(["speaking", "listening", "away"]), since=st.just(0.0)),
    st.builds(TranscriptReceived, st.sampled_from(["", "hello"]), final=st.booleans()),
    st.builds(ToolStarted, st.sampled_from("ab"), st.just("book"), st.just("{}")),
    st.builds(ToolEnded, st.sampled_from("ab"), st.just("done")),
    st.builds(LinePlayed, st.just("silence"), interrupted=st.booleans(), error=st.sampled_from(["", "no voice"])),
    st.just(KeyPressed("1")),
    st.just(SilenceChanged(LADDER)),
    st.just(EndCancelled("silence")),
)


@settings(max_examples=examples(300), derandomize=True)
@given(st.lists(st.tuples(st.floats(0.0, 30.0), ANYTHING), max_size=25))
def test_whatever_happened_before_a_caller_who_falls_silent_is_let_go(facts: list[tuple[float, Fact]]) -> None:
    climber, now, decisions = SilencePolicy(), 50.0, []
    climber.handle(CallerFound("anna", phone=False, active=True), now)
    climber.handle(Planned(silence=LADDER), now)
    for wait, fact in [*facts, (0.0, AgentStateChanged("listening", since=now))]:
        now += wait
        climber.handle(_at(fact, now), now)
    silent_since = now
    while (deadline := climber.deadline) is not None:
        assert deadline <= silent_since + 200
        now = max(now, deadline)
        decisions += climber.handle(Tick(), now)
    assert any(isinstance(decision, EndCall) for decision in decisions)


def test_speech_of_code_that_ended_in_a_tool_call_delays_no_step_after_the_tool() -> None:
    climber = SilencePolicy()
    climber.handle(CallerFound("anna", phone=False, active=True), 0.0)
    climber.handle(Planned(silence=LADDER), 0.0)
    for now, fact in (
        (0.0, AgentStateChanged("speaking", since=0.0)),
        (0.0, AgentStateChanged("listening", since=0.0)),
        (3.0, AgentStateChanged("speaking", since=3.0, speech="one")),
        (3.0, ToolStarted("a", "book", "{}")),
        (3.0, AgentStateChanged("thinking", since=3.0)),
        (3.0, AgentStateChanged("listening", since=3.0)),
    ):
        climber.handle(fact, now)
    assert climber.deadline is not None
    assert climber.deadline < 100.0


def _at(fact: Fact, now: float) -> Fact:
    match fact:
        case AgentStateChanged():
            return replace(fact, since=now)
        case CallerStateChanged(state=heard_as):
            return CallerStateChanged(heard_as, since=now)
    return fact
