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
