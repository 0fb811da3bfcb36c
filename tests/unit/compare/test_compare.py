"""A comparison finds all differences, and none between equal calls."""

from dataclasses import replace

from offhook.testing.compare import CallSpec, ToolSpec, TurnSpec, calls, compare, differences, play, written
from offhook.testing.compare import spec as specs
from offhook.testing.compare.model import Request
from offhook.testing.compare.shrink import shrink

PLAIN = CallSpec(turns=(TurnSpec(), TurnSpec()))


def test_a_plain_call_is_the_same_call() -> None:
    assert compare(PLAIN).same


def test_a_filler_does_not_come_while_the_agents_code_ends_the_callers_next_turn() -> None:
    turns = (TurnSpec("types", tools=(ToolSpec("look_up", "none"),)), TurnSpec(after=1.0))
    assert compare(CallSpec(turns=turns, detection="manual")).same


def test_livekit_alone_equals_itself() -> None:
    assert differences(PLAIN, play(PLAIN, "alone"), play(PLAIN, "alone")) == []


def test_a_request_that_only_one_has_is_a_difference() -> None:
    alone = play(PLAIN, "alone")
    more = replace(alone, requests=[*alone.requests[:1], Request(20.0, ("user: hm",), (), ""), *alone.requests[1:]])
    assert [one.kind for one in differences(PLAIN, alone, more)] == ["requests"]


def test_a_line_that_comes_late_is_a_difference() -> None:
    alone = play(PLAIN, "alone")
    late = replace(alone, sound=[(began + 0.06, ended) for began, ended in alone.sound])
    (found,) = differences(PLAIN, alone, late)
    assert found.sort == "sound: late"


def test_a_line_at_the_end_of_a_sound_counts_if_both_runs_have_the_line() -> None:
    alone = play(PLAIN, "alone")
    line = alone.lines[-1]
    ended = [(began, line.began + 0.05 if began <= line.began <= ends else ends) for began, ends in alone.sound]
    cut = replace(alone, sound=ended)
    for other in (cut, replace(cut, lines=alone.lines[:-1])):
        assert differences(PLAIN, alone, cut) == differences(PLAIN, cut, alone) == []
        assert [one.kind for one in differences(PLAIN, alone, other)] == ([] if other is cut else ["lines"])


def test_the_same_seed_draws_the_same_calls() -> None:
    assert list(calls(3, 20)) == list(calls(3, 20))


def test_what_is_written_makes_the_spec_again() -> None:
    for spec in calls(5, 20):
        assert eval(written(spec), vars(specs)) == spec


def test_a_failing_call_is_made_smaller() -> None:
    big = next(spec for spec in calls(1, 50) if len(spec.turns) > 2)
    assert shrink(big, lambda one: len(one.turns) >= 2).turns == (TurnSpec(), TurnSpec())
