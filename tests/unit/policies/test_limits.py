"""A call lasts at most as long as its plan says."""

from offhook.core.ending import Limits
from offhook.core.facts import Connected, Planned, SessionStarted, Tick
from offhook.core.wishes import EndCall
from offhook.policies.limits import Timekeeper

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
