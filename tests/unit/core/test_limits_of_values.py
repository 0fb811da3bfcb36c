"""The limits of values: the last valid value and the first invalid one."""

import pytest

from offhook.core.call import MAX_METADATA, read_metadata
from offhook.core.dead_air import DeadAir
from offhook.core.ending import Ending, Limits, Prices
from offhook.core.errors import PlanError
from offhook.core.goodbye_words import sounds_like_goodbye
from offhook.core.ladder import Silence
from offhook.core.steps import MAX_STEPS, MAX_TEXT, goodbye, repeat, say


@pytest.mark.parametrize("scope", ["agent", "caller", "room"])
def test_every_scope_may_be_planned(scope: str) -> None:
    assert Ending(scope=scope).scope == scope  # type: ignore[arg-type]  # parametrized


def test_a_call_may_be_shorter_than_a_second() -> None:
    limits = Limits(seconds=0.5, warning="Soon.", warn_before=0.25)
    assert (limits.seconds, limits.warn_before) == (0.5, 0.25)


def test_a_cost_needs_prices() -> None:
    with pytest.raises(PlanError, match=r"^Limits\(cost=\.\.\.\) needs prices=Prices\(\.\.\.\) to compute"):
        Limits(cost=1.0)
    assert Limits(cost=1.0, prices=Prices(input=1.0)).cost == 1.0


def test_six_of_ten_words_are_the_same_goodbye() -> None:
    assert sounds_like_goodbye("one two three", "one two three four five")
    assert not sounds_like_goodbye("one two", "one two three four five")


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
    plan = DeadAir(give_up=600, tool=600, max_no_matches=1)
    assert (plan.give_up, plan.tool, plan.max_no_matches) == (600, 600, 1)


@pytest.mark.parametrize("times", [{"filler": 6}, {"retry": 12}, {"filler": 7}, {"give_up": 3}])
def test_a_filler_a_retry_and_giving_up_never_come_at_once_or_in_another_order(times: dict[str, float]) -> None:
    with pytest.raises(PlanError, match=r": filler must be less than retry, and retry less than give_up$"):
        DeadAir(**times)  # type: ignore[arg-type]  # by name


def test_texts_that_cannot_be_heard_are_refused_with_their_names() -> None:
    with pytest.raises(PlanError, match=r"^DeadAir\(\.\.\.\): fillers, no_match_text and retry_failed_text must not"):
        DeadAir(no_match_text=" ")


@pytest.mark.parametrize(("name", "least"), [("max_same_calls", 2), ("max_calls_in_turn", 1), ("max_calls_in_call", 1)])
def test_fewer_calls_of_tools_than_make_sense_are_refused(name: str, least: int) -> None:
    assert getattr(DeadAir(**{name: least}), name) == least
    wanted = rf"^DeadAir\({name}={least - 1}\): give a whole number, {least} or more$"
    with pytest.raises(PlanError, match=wanted):
        DeadAir(**{name: least - 1})
