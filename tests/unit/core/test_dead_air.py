"""The time limits of `DeadAir` are valid and ordered, and its texts are not empty."""

import pytest

from offhook.core.dead_air import TIMES, DeadAir
from offhook.core.errors import PlanError


@pytest.mark.parametrize("name", TIMES)
@pytest.mark.parametrize("value", [0, -1, 601, float("nan")])
def test_budgets_are_possible_times(name: str, value: float) -> None:
    with pytest.raises(PlanError, match=rf"^DeadAir\({name}=.*\): give seconds, more than 0 and at most 600$"):
        DeadAir(**{name: value})  # type: ignore[arg-type]  # by name


@pytest.mark.parametrize("order", [{"filler": 7}, {"retry": 13}, {"give_up": 5}])
def test_budgets_have_an_order(order: dict[str, float]) -> None:
    with pytest.raises(PlanError, match="filler must be less than retry"):
        DeadAir(**order)  # type: ignore[arg-type]  # by name


@pytest.mark.parametrize(("name", "least"), [("max_same_calls", 2), ("max_calls_in_turn", 1), ("max_calls_in_call", 1)])
def test_some_tool_calls_are_always_allowed(name: str, least: int) -> None:
    DeadAir(**{name: least})  # type: ignore[arg-type]  # by name
    with pytest.raises(PlanError, match=rf"^DeadAir\({name}={least - 1}\): give a whole number, {least} or"):
        DeadAir(**{name: least - 1})  # type: ignore[arg-type]  # by name


def test_turns_are_counted_from_one() -> None:
    with pytest.raises(PlanError, match="give a whole number, 1 or more"):
        DeadAir(max_no_matches=0)


@pytest.mark.parametrize(
    "texts", [{"fillers": ()}, {"fillers": (" ",)}, {"no_match_text": ""}, {"retry_failed_text": ""}]
)
def test_what_is_said_can_be_heard(texts: dict[str, object]) -> None:
    with pytest.raises(PlanError, match="must not be empty"):
        DeadAir(**texts)  # type: ignore[arg-type]  # by name
