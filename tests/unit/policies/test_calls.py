"""What a model may call in one turn and in one call, and that arguments are only compared."""

from collections import Counter

import pytest

from offhook.core.facts import AgentTurned, Said, ToolStarted
from offhook.core.stall import DeadAir
from offhook.policies.calls import Calls, too_many, what

PLAN = DeadAir()


def called(*made: tuple[str, str]) -> Calls:
    calls = Calls()
    for number, (name, arguments) in enumerate(made):
        calls.notice(ToolStarted(f"{number}", name, arguments))
    return calls


def why(calls: Calls, name: str = "look", arguments: str = "{}", plan: DeadAir = PLAN) -> str:
    return too_many(name, arguments, plan, turn=calls.turn, call=calls.call)


@pytest.mark.parametrize(("one", "other"), [('{"a": 1, "b": 2}', '{"b":2,"a":1}'), ("", "{}"), ("no json", "no json")])
def test_the_same_arguments_are_the_same_however_they_are_written(one: str, other: str) -> None:
    assert what("look", one) == what("look", other)


def test_other_arguments_are_another_call() -> None:
    assert why(called(*[("look", f'{{"page": {page}}}') for page in range(3)])) == ""


def test_the_third_same_call_is_one_too_many() -> None:
    assert why(called(("look", "{}"))) == ""
    assert why(called(("look", "{}"), ("look", "{}"))) == "the same call as 2 before it in this turn"
    page = '{"page": 1}'
    assert why(called(("look", page), ("look", page)), arguments=page) == "the same call as 2 before it in this turn"


def test_the_first_call_is_never_the_same_as_one_before_it() -> None:
    plan = DeadAir(same=2)
    assert why(called(), plan=plan) == ""
    assert why(called(("look", "{}")), plan=plan) == "the same call as 1 before it in this turn"


def test_the_call_of_a_front_desk_with_many_tools_is_not_cut() -> None:
    calls = called(*[(f"tool{number}", "{}") for number in range(60)])
    calls.notice(Said("user", "and then"))
    assert why(calls) == ""


def test_a_turn_has_an_end_of_its_tools() -> None:
    calls = called(("a", "{}"), ("b", "{}"))
    assert why(calls, plan=DeadAir(tools_in_turn=2)) == "2 calls of tools in one turn are enough"


def test_a_call_has_an_end_of_its_tools() -> None:
    calls = called(("a", "{}"), ("b", "{}"))
    calls.notice(Said("user", "and then"))
    assert why(calls, plan=DeadAir(tools_in_call=2)) == "2 calls of tools in one call are enough"


def test_hanging_up_is_never_too_much() -> None:
    assert why(called(*[("end_call", "{}")] * 5), "end_call") == ""


def test_what_an_agent_does_unasked_after_its_answer_is_another_turn() -> None:
    calls = called(("look", "{}"))
    calls.notice(AgentTurned("listening", since=1))
    assert calls.turn == Counter({"look {}": 1})
    calls.notice(AgentTurned("speaking", since=2))
    calls.notice(AgentTurned("listening", since=3))
    assert (calls.turn, calls.call) == (Counter(), 1)
    calls.notice(ToolStarted("2", "look", "{}"))
    calls.notice(AgentTurned("listening", since=4))
    assert calls.turn == Counter({"look {}": 1})


def test_no_reason_tells_arguments() -> None:
    secret = '{"card": "4111111111111111"}'
    assert "4111" not in why(called(("pay", secret), ("pay", secret)), "pay", secret)
