"""An invalid ending is refused with a message that says what to do."""

import math

import pytest

from offhook.core.ending import Ending, Limits, Prices
from offhook.core.errors import PlanError


@pytest.mark.parametrize("timeout", [0, 0.9, 61, -1, math.inf, math.nan])
def test_the_timeout_has_bounds(timeout: float) -> None:
    with pytest.raises(PlanError, match=r"^Ending\(timeout=.*\): give between 1 and 60 seconds$"):
        Ending(timeout=timeout)


@pytest.mark.parametrize("timeout", [1, 60])
def test_the_bounds_of_the_timeout_may_be_used(timeout: float) -> None:
    assert Ending(timeout=timeout).timeout == timeout


def test_a_scope_must_be_known() -> None:
    with pytest.raises(PlanError, match="use 'agent', 'caller' or 'room'"):
        Ending(scope="all")  # type: ignore[arg-type]  # on purpose


def test_what_happens_over_a_goodbye_must_be_known() -> None:
    with pytest.raises(PlanError, match="use 'finish' or 'reconsider'"):
        Ending(on_interruption="stop")  # type: ignore[arg-type]  # on purpose


@pytest.mark.parametrize("seconds", [0, -1, math.inf, math.nan])
def test_a_limit_is_a_positive_time(seconds: float) -> None:
    with pytest.raises(PlanError, match="give a positive number of seconds"):
        Limits(seconds=seconds)


@pytest.mark.parametrize("warn", [0, -1, 60, 61, math.nan])
def test_a_warning_comes_before_the_end(warn: float) -> None:
    with pytest.raises(PlanError, match=r"^Limits\(warn_before=.*\): give seconds before the end, fewer than 60$"):
        Limits(seconds=60, warning="One more minute.", warn_before=warn)


@pytest.mark.parametrize("cost", [0, -1, math.inf, math.nan])
def test_a_cap_on_the_cost_is_a_positive_amount(cost: float) -> None:
    with pytest.raises(PlanError, match=r"^Limits\(cost=.*\): give a positive amount$"):
        Limits(cost=cost, prices=Prices())


def test_a_cap_on_the_cost_needs_prices() -> None:
    with pytest.raises(PlanError, match="needs prices="):
        Limits(cost=1)


@pytest.mark.parametrize("price", [-1, math.inf, math.nan])
@pytest.mark.parametrize("name", ["input", "cached", "output", "characters", "heard", "spoken"])
def test_a_price_is_not_below_zero(name: str, price: float) -> None:
    with pytest.raises(PlanError, match=rf"^Prices\({name}=.*\): give a price, 0 or more$"):
        Prices(**{name: price})
