"""A model that repeats tool calls is asked to answer in words; calls that may be intended are allowed."""

from offhook.core.dead_air import DeadAir
from offhook.core.decisions import RetryAnswer
from offhook.core.facts import (
    ToolEnded,
    ToolRefused,
    ToolStarted,
)

from .answering import (
    TROUBLE,
    At,
    answers,
    asks,
    asks_again,
    listens,
    over,
    run,
    told,
)

ASKED = [listens(0), *asks(1, 2)]
THREE = DeadAir(max_same_calls=3)


def calls(at: float, count: int, output: str = "none") -> list[At]:
    """The same tool with the same arguments, one after the other."""
    return [
        fact
        for n in range(count)
        for fact in (
            (at + n / 10, ToolStarted(f"{at} {n}", "look", "{}")),
            (at + n / 10 + 0.05, ToolEnded(f"{at} {n}", "done", output=output.format(n))),
        )
    ]


def test_the_same_call_of_a_tool_again_and_again_is_cut_short() -> None:
    log = run([*ASKED, *calls(2.8, 4)], until=4, plan=THREE)
    why = "the limit is 2 calls in one turn with the same arguments and the same output"
    assert log == [(3.0, RetryAnswer("loop", why=why))]


def test_calls_whose_output_changes_are_no_circle() -> None:
    assert run([*ASKED, *calls(2.8, 4, "{}"), *answers(3.3, 5)], until=60, plan=THREE) == []


def test_parallel_calls_of_the_same_tool_are_no_circle() -> None:
    begun = [(2.8, ToolStarted(f"{n}", "look", "{}")) for n in range(4)]
    ended = [(3.0, ToolEnded(f"{n}", "done", output="none")) for n in range(4)]
    assert run([*ASKED, *begun, *ended, *answers(3.3, 5)], until=60, plan=THREE) == []


def test_the_same_call_in_the_next_turn_is_a_new_one() -> None:
    turns = [
        fact for at in (0, 10, 20) for fact in (*asks(at + 1, at + 2), *calls(at + 2.8, 1), *answers(at + 3, at + 4))
    ]
    assert run([listens(0), *turns], until=60) == []


def test_a_model_that_goes_in_circles_again_after_it_was_asked_for_words_hands_the_turn_back() -> None:
    obeys_not = [*over(3.05, interrupted="code"), *asks_again(3.1, tag="loop"), *calls(3.2, 1), *over(3.4, "second")]
    assert told(run([*ASKED, *calls(2.8, 3), *obeys_not], until=60, plan=THREE)) == [
        (3.0, "RetryAnswer"),
        (3.4, TROUBLE),
    ]


def test_a_model_that_was_kept_from_a_tool_owes_words() -> None:
    facts = [*ASKED, *calls(2.8, 2), (3, ToolRefused("look", "the same")), *over(3.1)]
    log = run(facts, until=4)
    assert [decision for _, decision in log] == [RetryAnswer("loop", why=log[0][1].why)]
    assert log[0][1].why.endswith("waiting for the model: empty answer")


def test_a_model_that_only_calls_tools_is_asked_for_words() -> None:
    assert told(run([*ASKED, *calls(2.8, 4, "{}"), *over(3.5)], until=4)) == [(3.5, "RetryAnswer")]
