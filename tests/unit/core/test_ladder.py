"""A ladder is data; an invalid one is refused with a message that says what to do."""

import math

import pytest

from offhook.core.errors import PlanError
from offhook.core.ladder import Caps, Silence
from offhook.core.steps import Step, ask, away, end, goodbye, repeat, say


def test_steps_are_data() -> None:
    assert Silence(say("Yes?", after=8), ask("Help.", after=1), away(after=2), goodbye("Bye.", after=8)).steps == (
        Step("say", 8, "Yes?"),
        Step("ask", 1, "Help."),
        Step("away", 2),
        Step("goodbye", 8, "Bye."),
    )
    assert Silence(end(after=0.5)).steps == (Step("end", 0.5),)


def test_equal_ladders_are_equal() -> None:
    assert Silence(end(after=3)) == Silence(end(after=3), hold=6)
    assert Silence(end(after=3)) != Silence(end(after=3), hold=7)


def test_a_ladder_needs_a_step() -> None:
    with pytest.raises(PlanError, match="needs at least one step; for no ladder, leave `silence` out"):
        Silence()


def test_a_step_must_be_one() -> None:
    with pytest.raises(PlanError, match=r"step 2 is 'Bye\.'; use say, ask, do, away, goodbye or end"):
        Silence(say("Yes?", after=8), "Bye.")  # type: ignore[arg-type]  # on purpose


@pytest.mark.parametrize("last", [goodbye("Bye.", after=8), end(after=8)])
def test_nothing_comes_after_the_end(last: Step) -> None:
    with pytest.raises(PlanError, match="step 1 ends the call, so step 2 is never taken"):
        Silence(last, say("Yes?", after=8))


@pytest.mark.parametrize("hold", [0, -1, math.inf, math.nan])
def test_noise_must_hold_for_a_possible_time(hold: float) -> None:
    with pytest.raises(PlanError, match=r"^Silence\(hold=.*\): give seconds, more than 0 and at most 3600$"):
        Silence(end(after=8), hold=hold)


def test_repeated_steps_are_steps() -> None:
    again = repeat(2, say("Yes?", after=8), away(after=2))
    assert Silence(again, end(after=3)).steps == (
        Step("say", 8, "Yes?"),
        Step("away", 2),
        Step("say", 8, "Yes?"),
        Step("away", 2),
        Step("end", 3),
    )


def test_a_ladder_has_a_possible_number_of_steps() -> None:
    with pytest.raises(PlanError, match=r"^Silence\(...\) has 101 steps; use at most 100$"):
        Silence(*[away(after=1)] * 101)


@pytest.mark.parametrize("part", ["opening", "question"])
def test_the_other_ladders_are_held_to_the_same(part: str) -> None:
    assert getattr(Silence(end(after=1), **{part: [away(after=2), repeat(2, away(after=3))]}), part) == (
        Step("away", 2),
        Step("away", 3),
        Step("away", 3),
    )
    with pytest.raises(PlanError, match=rf"^Silence\({part}=\.\.\.\): step 1 ends the call"):
        Silence(end(after=1), **{part: [end(after=2), away(after=3)]})


def test_away_is_marked_in_a_known_way() -> None:
    with pytest.raises(PlanError, match=r"^Silence\(away='sometimes'\): use 'first', 'always' or 'never'$"):
        Silence(end(after=1), away="sometimes")  # type: ignore[arg-type]  # on purpose


@pytest.mark.parametrize("cap", ["tool", "thinking", "speaking", "paused"])
@pytest.mark.parametrize("seconds", [0, math.inf, True, "1"])
def test_nobody_is_waited_for_for_ever(cap: str, seconds: object) -> None:
    with pytest.raises(PlanError, match=rf"^Caps\({cap}=.*\): give seconds, more than 0 and at most 3600$"):
        Caps(**{cap: seconds})  # type: ignore[arg-type]  # on purpose
