"""A step whose tool opened a task that talks with the caller is not taken again during the task."""

from typing import Any

import pytest

from offhook.core.decisions import Ask, EndCall, Say
from offhook.core.facts import AgentHandoff, Fact, KeyPressed, LinePlayed, MessageCommitted, ToolEnded, ToolStarted
from offhook.core.ladder import Silence
from offhook.core.steps import ask, goodbye, repeat, say

OFFER = ask("Offer a call back.", after=8, tool="call_back")
LADDER = Silence(OFFER, say("Still there?", after=8), goodbye("Bye.", after=8))
TASK: list[tuple[float, Fact]] = [(8.3, ToolStarted("t", "call_back", "{}")), (8.4, AgentHandoff("task"))]


def steps(log: list[Any]) -> list[tuple[float, type]]:
    return [(at, type(decision)) for at, decision in log if isinstance(decision, Ask | Say | EndCall)]


def test_silence_in_the_task_goes_on_with_the_next_step(call: Any) -> None:
    facts = [
        call.listens(0),
        *TASK,
        *call.speaks(9, 10, "task"),
        *call.speaks(18.1, 19, "step"),
        (19, LinePlayed("silence")),
    ]
    assert steps(call.using(LADDER).run(facts, until=60)) == [(8, Ask), (18, Say), (27, EndCall)]


def test_the_same_step_given_twice_is_taken_once(call: Any) -> None:
    call = call.using(Silence(repeat(2, OFFER), goodbye("Bye.", after=8)))
    assert steps(call.run([call.listens(0), *TASK, *call.speaks(9, 10, "task")], until=60)) == [(8, Ask), (18, EndCall)]


def test_words_in_the_task_do_not_bring_it_back(call: Any) -> None:
    facts = [
        call.listens(0),
        *TASK,
        *call.speaks(9, 10, "task"),
        call.words(12),
        (12, MessageCommitted("user", "I am here")),
    ]
    assert steps(call.using(LADDER).run(facts, until=20)) == [(8, Ask), (20, Say)]


def test_a_ladder_of_nothing_else_waits_for_the_task(call: Any) -> None:
    call = call.using(Silence(OFFER))
    facts = [call.listens(0), *TASK, *call.speaks(9, 10, "task"), call.words(12), call.listens(13)]
    assert steps(call.run(facts, until=100)) == [(8, Ask)]
    assert call.waits_until is None


def test_once_the_task_is_done_the_step_is_one_like_others(call: Any) -> None:
    done = [(14, AgentHandoff("desk")), (14, ToolEnded("t", "done")), *call.speaks(15, 16)]
    facts = [call.listens(0), *TASK, *call.speaks(9, 10, "task"), call.words(12), *done]
    assert steps(call.using(LADDER).run(facts, until=24)) == [(8, Ask), (24, Ask)]


def test_of_two_tools_the_last_one_counts(call: Any) -> None:
    tools = [(8.3, ToolStarted("other", "look_up", "{}")), *TASK, (9, ToolEnded("other", "done"))]
    facts = [call.listens(0), *tools, *call.speaks(9.5, 10, "task"), call.words(12)]
    assert steps(call.using(LADDER).run(facts, until=20)) == [(8, Ask), (20, Say)]


@pytest.mark.parametrize("fact", [LinePlayed("silence"), MessageCommitted("user", "a table please"), KeyPressed("1")])
def test_a_task_that_somebody_else_opens_later_is_not_the_steps(call: Any, fact: Fact) -> None:
    later = [(at + 5, told) for at, told in TASK]
    facts = [call.listens(0), *call.speaks(8.5, 9, "step"), (10, fact), call.words(11), *later, *call.speaks(14, 15)]
    assert steps(call.using(LADDER).run(facts, until=23)) == [(8, Ask), (23, Ask)]


def test_a_second_model_line_in_the_task_leaves_the_first_alone(call: Any) -> None:
    call = call.using(Silence(OFFER, ask("Encourage them.", after=8), goodbye("Bye.", after=8)))
    facts = [
        call.listens(0),
        *TASK,
        *call.speaks(9, 10, "task"),
        *call.speaks(18.5, 19, "step"),
        (19, LinePlayed("silence")),
    ]
    assert steps(call.run([*facts, call.words(20)], until=28)) == [(8, Ask), (18, Ask), (28, Ask)]
    assert call.log[-1][1].instructions == "Encourage them."
