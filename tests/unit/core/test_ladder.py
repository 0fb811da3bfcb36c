"""A ladder is data, and one that cannot be meant is refused with what to do about it."""

import math

import pytest

from offhook.core.errors import PlanError
from offhook.core.ladder import Silence, Step, ask, away, end, goodbye, say


def test_steps_are_data() -> None:
    assert Silence(say("Yes?", after=8), ask("Help.", after=1), away(after=2), goodbye("Bye.", after=8)).steps == (
        Step("say", 8, "Yes?"),
        Step("ask", 1, "Help."),
        Step("away", 2),
        Step("goodbye", 8, "Bye."),
    )
    assert Silence(end(after=0.5)).steps == (Step("end", 0.5),)


def test_only_the_last_steps_of_a_call_are_final() -> None:
    steps = (say("Yes?", after=1), ask("Help.", after=1), away(after=1), goodbye("Bye.", after=1), end(after=1))
    assert [step.kind for step in steps if step.final] == ["goodbye", "end"]


def test_equal_ladders_are_equal() -> None:
    assert Silence(end(after=3)) == Silence(end(after=3), hold=6)
    assert Silence(end(after=3)) != Silence(end(after=3), hold=7)


@pytest.mark.parametrize("after", [0, -1, 3601, math.inf, math.nan, "8", None])
def test_a_step_needs_a_possible_time(after: object) -> None:
    with pytest.raises(PlanError, match=r"^say\(after=.*\): give seconds, more than 0 and at most 3600$"):
        say("Yes?", after=after)  # type: ignore[arg-type]  # on purpose


@pytest.mark.parametrize("text", ["", "  ", None, 5])
@pytest.mark.parametrize("make", [say, ask, goodbye])
def test_a_step_that_speaks_needs_words(make: object, text: object) -> None:
    with pytest.raises(PlanError, match=r"\(after=8\) has no text; say what the caller should hear$"):
        make(text, after=8)  # type: ignore[operator]  # parametrized


def test_a_ladder_needs_a_step() -> None:
    with pytest.raises(PlanError, match="needs at least one step; leave `silence` out if there is to be none"):
        Silence()


def test_a_step_must_be_one() -> None:
    with pytest.raises(PlanError, match=r"step 2 is 'Bye\.'; use say, ask, away, goodbye or end"):
        Silence(say("Yes?", after=8), "Bye.")  # type: ignore[arg-type]  # on purpose


@pytest.mark.parametrize("last", [goodbye("Bye.", after=8), end(after=8)])
def test_nothing_comes_after_the_end(last: Step) -> None:
    with pytest.raises(PlanError, match="step 1 ends the call, so step 2 can never come"):
        Silence(last, say("Yes?", after=8))


@pytest.mark.parametrize("hold", [0, -1, math.inf, math.nan])
def test_noise_must_hold_for_a_possible_time(hold: float) -> None:
    with pytest.raises(PlanError, match="give a positive number of seconds"):
        Silence(end(after=8), hold=hold)
