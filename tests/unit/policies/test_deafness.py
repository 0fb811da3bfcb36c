"""A voice without words: how long it must be, which words were its own, and what begins the count anew."""

import math

import pytest

from offhook.core.facts import CallerTurned
from offhook.core.stall import DeadAir
from offhook.policies.deafness import Deafness

PLAN = DeadAir(voiced=1.0, deaf=3.0, deafs=3)


def voice(begins: float, ends: float) -> Deafness:
    deafness = Deafness()
    deafness.turned(CallerTurned("speaking", since=begins), PLAN, owed=True)
    deafness.turned(CallerTurned("listening", since=ends), PLAN, owed=True)
    return deafness


@pytest.mark.parametrize(("ends", "due"), [(1.75, math.inf), (2.0, 5.0)])
def test_a_voice_is_as_long_as_the_plan_says(ends: float, due: float) -> None:
    assert voice(1.0, ends).due == due


@pytest.mark.parametrize(("came", "said"), [(4.75, 2.0), (5.0, 5.0)])
def test_words_were_said_in_a_sound_of_the_last_three_seconds(came: float, said: float) -> None:
    assert voice(1.0, 2.0).last_sound(came) == said


def test_a_turn_with_words_begins_the_count_anew() -> None:
    deafness = voice(1.0, 2.0)
    assert deafness.count(PLAN, 5.0) == "a voice was heard and no word in 3.0 s, 1 of 3"
    deafness.understood("hello", 5.5, final=True)
    assert deafness.count(PLAN, 6.0).endswith(", 1 of 3")


def torn(at: float, *, before: str = "", begins: float = 1.0, ends: float = 3.0) -> Deafness:
    """The recogniser breaks off while the caller speaks, and had understood something, or nothing."""
    deafness = Deafness()
    deafness.turned(CallerTurned("speaking", since=begins), PLAN, owed=True)
    if before:
        deafness.understood(before, at, final=False)
    deafness.broke_off(at)
    deafness.turned(CallerTurned("listening", since=ends), PLAN, owed=True)
    return deafness


@pytest.mark.parametrize(
    ("after", "lost"),
    [
        ("I would like a table by the window", False),
        ("I'd would LIKE: a table", False),
        ("I would take a table", False),
        ("I want a table", True),
        ("a table", True),
    ],
)
def test_one_word_may_have_been_corrected_and_two_are_lost(after: str, lost: bool) -> None:
    deafness = torn(2.5, before="I would like")
    deafness.understood(after, 4.0, final=True)
    assert deafness.committed() is lost


def test_words_that_were_final_before_are_not_missed() -> None:
    deafness = Deafness()
    deafness.turned(CallerTurned("speaking", since=1.0), PLAN, owed=True)
    deafness.understood("I would like a table", 2.0, final=True)
    deafness.broke_off(2.5)
    deafness.turned(CallerTurned("listening", since=3.0), PLAN, owed=True)
    deafness.understood("for two people", 4.0, final=True)
    assert deafness.committed() is True  # 14 letters for two seconds: too few for what was said after it
    assert deafness.committed() is False


def test_how_much_was_said_is_reckoned_by_the_voice_and_not_by_when_its_words_come() -> None:
    deafness = torn(2.5)
    deafness.understood("a table for two please", 5.0, final=True)
    assert deafness.committed() is False


@pytest.mark.parametrize(("at", "lost"), [(1.5, True), (1.25, False)])
def test_a_sound_too_short_for_a_word_lost_none(at: float, lost: bool) -> None:
    deafness = torn(at, ends=2.0)
    deafness.understood("yes", 3.0, final=True)
    assert deafness.committed() is lost


def test_a_typed_turn_begins_the_count_anew() -> None:
    deafness = voice(1.0, 2.0)
    deafness.count(PLAN, 5.0)
    deafness.committed()
    assert deafness.count(PLAN, 6.0).endswith(", 1 of 3")
