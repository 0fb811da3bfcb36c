"""A call lasts at most as long as its plan says."""

import pytest

from offhook.core.ending import Limits, Prices
from offhook.core.facts import Connected, Planned, SessionStarted, Tick, Used
from offhook.core.wishes import EndCall, Say
from offhook.policies.limits import Timekeeper, cost_of

TIME_IS_UP = EndCall("limit", goodbye="Time is up.", by="limits", why="60 s are the longest a call may take")


def started(*, at: float) -> Timekeeper:
    keeper = Timekeeper()
    keeper.handle(Planned(limits=Limits(seconds=60, goodbye="Time is up.")), 0.0)
    keeper.handle(SessionStarted(), at)
    return keeper


def test_nothing_runs_out_before_the_session_has_started() -> None:
    keeper = Timekeeper()
    assert keeper.handle(Connected("room", "agent"), 0.0) == ()
    assert keeper.deadline is None


def test_the_call_ends_with_its_goodbye_when_its_time_is_up() -> None:
    keeper = started(at=5.0)
    assert keeper.deadline == 65.0
    assert keeper.handle(Tick(), 64.9) == ()
    assert keeper.handle(Tick(), 65.0) == [TIME_IS_UP]


def test_it_is_said_once() -> None:
    keeper = started(at=0.0)
    keeper.handle(Tick(), 60.0)
    assert keeper.deadline is None
    assert keeper.handle(Tick(), 61.0) == ()


def test_a_second_start_of_the_session_gives_no_more_time() -> None:
    keeper = started(at=0.0)
    keeper.handle(SessionStarted(), 30.0)
    assert keeper.deadline == 60.0


def test_a_plan_without_limits_still_has_one() -> None:
    keeper = Timekeeper()
    keeper.handle(SessionStarted(), 0.0)
    assert keeper.deadline == 3600.0


def test_the_caller_is_warned_before_the_end() -> None:
    keeper = Timekeeper()
    keeper.handle(Planned(limits=Limits(seconds=60, warning="Ten seconds left.", warn=10, goodbye="Time is up.")), 0.0)
    keeper.handle(SessionStarted(), 0.0)
    assert keeper.deadline == 50.0
    assert keeper.handle(Tick(), 50.0) == [Say("Ten seconds left.", tag="limit", why="10 s are left of 60")]
    assert keeper.deadline == 60.0
    assert keeper.handle(Tick(), 60.0) == [TIME_IS_UP]


def test_a_warning_that_comes_too_late_is_not_said() -> None:
    keeper = Timekeeper()
    keeper.handle(Planned(limits=Limits(seconds=60, warning="Ten seconds left.", warn=10, goodbye="Time is up.")), 0.0)
    keeper.handle(SessionStarted(), 0.0)
    assert keeper.handle(Tick(), 61.0) == [TIME_IS_UP]


PRICES = Prices(input=2.0, cached=1.0, output=10.0, characters=30.0, heard=0.006, spoken=0.06)


def test_a_call_costs_what_its_models_used() -> None:
    used = Used(
        input_tokens=1_000_000, cached_tokens=500_000, output_tokens=100_000, characters=10_000, heard=60, spoken=30
    )
    assert cost_of(used, PRICES) == pytest.approx(1.0 + 0.5 + 1.0 + 0.3 + 0.006 + 0.03)
    assert cost_of(used, Prices(input=2.0)) == pytest.approx(2.0)


def test_a_call_that_has_cost_enough_ends_once() -> None:
    keeper = Timekeeper()
    keeper.handle(Planned(limits=Limits(cost=0.5, prices=PRICES, goodbye="Time is up.")), 0.0)
    keeper.handle(SessionStarted(), 0.0)
    assert keeper.handle(Used(output_tokens=49_000), 1.0) == ()
    assert keeper.handle(Used(output_tokens=51_000), 2.0) == [
        EndCall(
            "limit",
            goodbye="Time is up.",
            by="limits",
            why="the models have cost 0.51, and 0.5 is the most a call may cost",
        )
    ]
    assert keeper.handle(Used(output_tokens=52_000), 3.0) == ()
    assert keeper.deadline is None


def test_a_call_without_a_price_costs_nothing() -> None:
    keeper = started(at=0.0)
    assert keeper.handle(Used(output_tokens=10**12), 1.0) == ()
