"""A step is data; an invalid one is refused with a message that says what to do."""

import math
import re

import pytest

from offhook.core.errors import PlanError
from offhook.core.steps import ask, away, do, end, goodbye, instruct, repeat, say, transfer


def test_only_the_last_steps_of_a_call_are_final() -> None:
    steps = (say("Yes?", after=1), ask("Help.", after=1), away(after=1), goodbye("Bye.", after=1), end(after=1))
    assert [step.kind for step in steps if step.final] == ["goodbye", "end"]


@pytest.mark.parametrize("after", [0, -1, 3601, math.inf, math.nan, "8", None])
def test_a_step_needs_a_possible_time(after: object) -> None:
    with pytest.raises(PlanError, match=r"^say\(after=.*\): give seconds, more than 0 and at most 3600$"):
        say("Yes?", after=after)  # type: ignore[arg-type]  # on purpose


@pytest.mark.parametrize("text", ["", "  ", None, 5])
@pytest.mark.parametrize(
    ("make", "advice"),
    [
        (say, "say what the caller should hear"),
        (goodbye, "say what the caller should hear"),
        (ask, "say what the model should do"),
        (instruct, "say what the agent should do from then on"),
        (transfer, "give the number or address, such as tel:+15105550100"),
    ],
)
def test_a_step_that_speaks_needs_words(make: object, advice: str, text: object) -> None:
    with pytest.raises(PlanError, match=re.escape(f"(after=8) has no text; {advice}") + "$"):
        make(text, after=8)  # type: ignore[operator]  # parametrized


def patient(call: object) -> None:
    """A function for a `do` step."""


@pytest.mark.parametrize("times", [0, -1, 101, 1.5, None])
def test_steps_are_repeated_a_possible_number_of_times(times: object) -> None:
    with pytest.raises(PlanError, match=r"^repeat\(.*\): give how many times, 1 to 100$"):
        repeat(times, end(after=1))  # type: ignore[arg-type]  # on purpose


def test_a_step_that_does_something_needs_a_function() -> None:
    assert do(patient, after=3).work is patient
    with pytest.raises(PlanError, match=r"^do\('patient', after=3\): give a function that takes the call$"):
        do("patient", after=3)  # type: ignore[arg-type]  # on purpose


def test_a_step_says_a_possible_amount() -> None:
    with pytest.raises(PlanError, match=r"^say\(after=8\) has 4001 characters; use at most 4000$"):
        say("x" * 4001, after=8)
