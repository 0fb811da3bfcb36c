"""The last value that is still taken, and the first that is not."""

import pytest

from offhook.core.call import MAX_METADATA, read_metadata
from offhook.core.ending import Ending, Limits, Prices
from offhook.core.errors import PlanError
from offhook.core.farewell import said_goodbye
from offhook.core.ladder import MAX_STEPS, MAX_TEXT, Silence, goodbye, repeat, say
from offhook.core.stall import DeadAir


@pytest.mark.parametrize("scope", ["agent", "caller", "room"])
def test_every_scope_may_be_planned(scope: str) -> None:
    assert Ending(scope=scope).scope == scope  # type: ignore[arg-type]  # parametrized


def test_a_call_may_be_shorter_than_a_second() -> None:
    limits = Limits(seconds=0.5, warning="Soon.", warn=0.25)
    assert (limits.seconds, limits.warn) == (0.5, 0.25)


def test_a_cost_needs_prices() -> None:
    with pytest.raises(PlanError, match=r"^Limits\(cost=\.\.\.\) needs prices=Prices\(\.\.\.\), or nobody knows"):
        Limits(cost=1.0)
    assert Limits(cost=1.0, prices=Prices(input=1.0)).cost == 1.0


def test_six_of_ten_words_are_the_same_goodbye() -> None:
    assert said_goodbye("one two three", "one two three four five")
    assert not said_goodbye("one two", "one two three four five")


def test_the_longest_metadata_is_read() -> None:
    text = '{"a": "' + "x" * (MAX_METADATA - len('{"a": ""}')) + '"}'
    assert read_metadata(text)[1] == ""
    assert read_metadata(text + " ")[1] != ""


def test_the_longest_line_and_the_longest_ladder_are_taken() -> None:
    assert len(say("x" * MAX_TEXT, after=1).text) == MAX_TEXT
    assert len(repeat(MAX_STEPS, say("Yes?", after=1))) == MAX_STEPS
    assert len(repeat(1, say("Yes?", after=1))) == 1
    assert len(Silence(*repeat(MAX_STEPS, say("Yes?", after=1))).steps) == MAX_STEPS


def test_the_longest_goodbye_is_taken() -> None:
    assert goodbye("x" * MAX_TEXT, after=1).text


def test_the_longest_waits_and_a_single_turn_are_taken() -> None:
    plan = DeadAir(give_up=600, tool=600, deafs=1)
    assert (plan.give_up, plan.tool, plan.deafs) == (600, 600, 1)


@pytest.mark.parametrize("times", [{"filler": 6}, {"retry": 12}, {"filler": 7}, {"give_up": 3}])
def test_a_filler_a_retry_and_giving_up_never_come_at_once_or_in_another_order(times: dict[str, float]) -> None:
    with pytest.raises(PlanError, match=r": the filler comes first, then the retry, and giving up is last$"):
        DeadAir(**times)  # type: ignore[arg-type]  # by name


def test_texts_that_cannot_be_heard_are_refused_with_their_names() -> None:
    with pytest.raises(PlanError, match=r"^DeadAir\(\.\.\.\): give texts that can be heard for fillers, unh"):
        DeadAir(unheard=" ")


@pytest.mark.parametrize(("name", "least"), [("same", 2), ("tools_in_turn", 1), ("tools_in_call", 1)])
def test_fewer_calls_of_tools_than_make_sense_are_refused(name: str, least: int) -> None:
    assert getattr(DeadAir(**{name: least}), name) == least
    wanted = rf"^DeadAir\({name}={least - 1}\): give how many calls of tools, {least} or more$"
    with pytest.raises(PlanError, match=wanted):
        DeadAir(**{name: least - 1})
