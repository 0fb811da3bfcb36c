"""The limits of tool calls in one turn and in one call; arguments and outputs are only compared."""

import pytest

from offhook.core.dead_air import DeadAir
from offhook.core.facts import AgentStateChanged, MessageCommitted, ToolEnded, ToolStarted
from offhook.policies.answer.tool_calls import ToolCall, ToolCallCounter, call_key, over_limit

PLAN = DeadAir(max_same_calls=3)
SAME = "the limit is {} calls in one turn with the same arguments and the same output"


def called(*made: tuple[str, str], output: str | None = "none") -> ToolCallCounter:
    counter = ToolCallCounter()
    for number, (name, arguments) in enumerate(made):
        counter.notice(ToolStarted(f"{number}", name, arguments))
        if output is not None:
            counter.notice(ToolEnded(f"{number}", "done", output=output.format(number)))
    return counter


def why(counter: ToolCallCounter, name: str = "look", arguments: str = "{}", plan: DeadAir = PLAN) -> str:
    return over_limit(name, arguments, plan, turn=tuple(counter.turn.values()), call=counter.call)


@pytest.mark.parametrize(("one", "other"), [('{"a": 1, "b": 2}', '{"b":2,"a":1}'), ("", "{}"), ("no json", "no json")])
def test_the_same_arguments_are_the_same_however_they_are_written(one: str, other: str) -> None:
    assert call_key("look", one) == call_key("look", other)


def test_other_arguments_are_another_call() -> None:
    assert why(called(*[("look", f'{{"page": {page}}}') for page in range(3)])) == ""


def test_the_third_same_call_with_the_same_output_is_one_too_many() -> None:
    assert why(called(("look", "{}"))) == ""
    assert why(called(("look", "{}"), ("look", "{}"))) == SAME.format(2)
    page = '{"page": 1}'
    assert why(called(("look", page), ("look", page)), arguments=page) == SAME.format(2)


def test_calls_whose_output_changes_are_no_circle() -> None:
    assert why(called(*[("poll", "{}")] * 9, output="{}"), "poll") == ""


def test_output_that_changes_no_more_is_a_circle() -> None:
    counter = called(("look", "{}"), ("look", "{}"), ("look", "{}"), output="{}")
    counter.notice(ToolStarted("again", "look", "{}"))
    counter.notice(ToolEnded("again", "done", output="2"))
    assert why(counter) == SAME.format(2)


def test_parallel_calls_are_no_circle() -> None:
    assert why(called(*[("look", "{}")] * 5, output=None)) == ""


def test_the_first_call_is_never_the_same_as_one_before_it() -> None:
    plan = DeadAir(max_same_calls=2)
    assert why(called(), plan=plan) == ""
    assert why(called(("look", "{}")), plan=plan) == SAME.format(1)


def test_the_call_of_a_front_desk_with_many_tools_is_not_cut() -> None:
    counter = called(*[(f"tool{number}", "{}") for number in range(60)])
    counter.notice(MessageCommitted("user", "and then"))
    assert why(counter) == ""


def test_a_turn_has_an_end_of_its_tools() -> None:
    counter = called(("a", "{}"), ("b", "{}"))
    assert why(counter, plan=DeadAir(max_calls_in_turn=2)) == "the limit is 2 tool calls in one turn"


def test_a_call_has_an_end_of_its_tools() -> None:
    counter = called(("a", "{}"), ("b", "{}"))
    counter.notice(MessageCommitted("user", "and then"))
    assert why(counter, plan=DeadAir(max_calls_in_call=2)) == "the limit is 2 tool calls in one call"


def test_hanging_up_is_never_too_much() -> None:
    assert why(called(*[("end_call", "{}")] * 5), "end_call") == ""


def test_what_an_agent_does_unasked_after_its_answer_is_another_turn() -> None:
    counter = called(("look", "{}"))
    counter.notice(AgentStateChanged("listening", since=1))
    assert list(counter.turn.values()) == [ToolCall("look {}", output="none")]
    counter.notice(AgentStateChanged("speaking", since=2))
    counter.notice(AgentStateChanged("listening", since=3))
    assert (counter.turn, counter.call) == ({}, 1)
    counter.notice(ToolStarted("2", "look", "{}"))
    counter.notice(AgentStateChanged("listening", since=4))
    assert list(counter.turn.values()) == [ToolCall("look {}")]


def test_the_end_of_a_tool_of_an_earlier_turn_is_nothing() -> None:
    counter = called(("look", "{}"), output=None)
    counter.notice(MessageCommitted("user", "and then"))
    counter.notice(ToolEnded("0", "done", output="late"))
    assert counter.turn == {}


def test_no_reason_tells_arguments() -> None:
    secret = '{"card": "4111111111111111"}'
    assert "4111" not in why(called(("pay", secret), ("pay", secret)), "pay", secret)
