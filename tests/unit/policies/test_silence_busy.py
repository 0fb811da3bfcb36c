"""The ladder waits for tools and thinking, and goes on when they hang or a line fails."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.core.facts import (
    AgentTurned,
    CallerTurned,
    EndCancelled,
    Fact,
    HandedOver,
    Heard,
    KeyPressed,
    Planned,
    SilenceChanged,
    Spoken,
    Tick,
    ToolEnded,
    ToolStarted,
)
from offhook.core.ladder import Silence, goodbye, say
from offhook.core.wishes import EndCall, Say
from offhook.policies.silence import Climber

LADDER = Silence(say("Still there?", after=8), goodbye("Bye.", after=8), hold=6)


def seconds(log: list[Any]) -> list[float]:
    """When something was said or ended."""
    return [at for at, wish in log if isinstance(wish, Say | EndCall)]


def test_whoever_waits_for_an_answer_is_not_asked(call: Any) -> None:
    thinking = AgentTurned("thinking", since=3)
    assert call.run([call.listens(0), (3, thinking), (20, AgentTurned("speaking", since=20))], until=100) == []


def test_thinking_for_ever_is_not_waited_for_for_ever(call: Any) -> None:
    log = call.run([call.listens(0), (3, AgentTurned("thinking", since=3))], until=31)
    assert [(at, wish.why) for at, wish in log if isinstance(wish, Say)] == [
        (31, "8.00 s since the agent should have answered, step 1 of 3")
    ]


def test_a_tool_pauses_the_ladder(call: Any) -> None:
    facts = [call.listens(0), (5, ToolStarted("t", "book", "{}")), (50, ToolEnded("t", "done"))]
    log = call.run(facts, until=58)
    assert [(at, wish.why) for at, wish in log if isinstance(wish, Say)] == [
        (58, "8.00 s since the tool ended, step 1 of 3")
    ]


def test_the_last_of_several_tools_counts(call: Any) -> None:
    facts = [(at, ToolStarted(name, "book", "{}")) for at, name in ((1, "a"), (2, "b"))]
    ends = [(at, ToolEnded(name, "error")) for at, name in ((9, "a"), (20, "b"))]
    assert seconds(call.run([call.listens(0), *facts, *ends], until=28)) == [28]


def test_a_tool_whose_task_talks_to_the_caller_does_not_pause_the_ladder(call: Any) -> None:
    facts = [(1, ToolStarted("t", "confirm", "{}")), (2, HandedOver("task")), *call.speaks(3, 5)]
    assert seconds(call.run([call.listens(0), *facts], until=13)) == [13]


def test_a_tool_that_hangs_is_not_waited_for_for_ever(call: Any) -> None:
    log = call.run([call.listens(0), (5, ToolStarted("t", "book", "{}"))], until=73)
    assert [(at, wish.why) for at, wish in log if isinstance(wish, Say)] == [
        (73, "8.00 s since the tool should have ended, step 1 of 3")
    ]


def test_a_tool_is_waited_for_longer_than_a_thought(call: Any) -> None:
    facts = [(1, ToolStarted("t", "book", "{}")), (2, AgentTurned("thinking", since=2))]
    assert call.run([call.listens(0), *facts], until=69.9) == []


def test_an_answer_that_hangs_after_a_tool_counts_as_thinking(call: Any) -> None:
    facts = [(1, AgentTurned("thinking", since=1)), (2, ToolStarted("t", "book", "{}")), (12, ToolEnded("t", "done"))]
    assert seconds(call.run([call.listens(0), *facts], until=40)) == [40]


def test_a_ladder_that_a_tool_changes_waits_for_the_tool(call: Any) -> None:
    facts = [(1, AgentTurned("thinking", since=1)), (2, ToolStarted("t", "hold", "{}")), (3, SilenceChanged(LADDER))]
    assert call.run([call.listens(0), *facts], until=60) == []


def test_words_and_keys_while_the_agent_is_busy_leave_it_its_time(call: Any) -> None:
    facts = [(3, AgentTurned("thinking", since=3)), call.words(3.1), (4, KeyPressed("1"))]
    assert seconds(call.run([call.listens(0), *facts], until=31)) == [31]


@pytest.mark.parametrize("spoken", [Spoken("silence", error="no voice"), Spoken("silence", interrupted=True)])
def test_a_line_that_nobody_heard_does_not_stop_the_ladder(call: Any, spoken: Fact) -> None:
    assert seconds(call.run([call.listens(0), (8.5, spoken)], until=18.5)) == [8, 18.5]


def test_a_line_that_another_mouth_spoke_does_not_stop_the_ladder(call: Any) -> None:
    assert seconds(call.run([call.listens(0), (12, Spoken("silence"))], until=22)) == [8, 22]


def test_a_line_that_was_spoken_counts_from_its_last_word(call: Any) -> None:
    facts = [call.listens(0), *call.speaks(8.5, 10), (10.4, Spoken("silence"))]
    assert seconds(call.run(facts, until=20)) == [8, 20]


def test_a_line_that_never_begins_does_not_stop_the_ladder(call: Any) -> None:
    assert seconds(call.run([call.listens(0)], until=200)) == [8, 38, 66]


def test_lines_of_others_are_nothing_to_the_ladder(call: Any) -> None:
    assert seconds(call.run([call.listens(0), (5, Spoken("greeting"))], until=8)) == [8]


ANYTHING = st.one_of(
    st.builds(AgentTurned, st.sampled_from(["listening", "thinking", "speaking"]), since=st.just(0.0)),
    st.builds(CallerTurned, st.sampled_from(["speaking", "listening", "away"]), since=st.just(0.0)),
    st.builds(Heard, st.sampled_from(["", "hello"]), final=st.booleans()),
    st.builds(ToolStarted, st.sampled_from("ab"), st.just("book"), st.just("{}")),
    st.builds(ToolEnded, st.sampled_from("ab"), st.just("done")),
    st.builds(Spoken, st.just("silence"), interrupted=st.booleans(), error=st.sampled_from(["", "no voice"])),
    st.just(KeyPressed("1")),
    st.just(SilenceChanged(LADDER)),
    st.just(EndCancelled("silence")),
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.floats(0.0, 30.0), ANYTHING), max_size=25))
def test_whatever_happened_before_a_caller_who_falls_silent_is_let_go(facts: list[tuple[float, Fact]]) -> None:
    climber, now, wishes = Climber(), 50.0, []
    climber.handle(Planned(silence=LADDER), now)
    for wait, fact in [*facts, (0.0, AgentTurned("listening", since=now))]:
        now += wait
        climber.handle(_at(fact, now), now)
    silent_since = now
    while (deadline := climber.deadline) is not None:
        assert deadline <= silent_since + 200
        now = max(now, deadline)
        wishes += climber.handle(Tick(), now)
    assert any(isinstance(wish, EndCall) for wish in wishes)


def _at(fact: Fact, now: float) -> Fact:
    match fact:
        case AgentTurned(state=state):
            return AgentTurned(state, since=now)
        case CallerTurned(state=heard_as):
            return CallerTurned(heard_as, since=now)
    return fact
