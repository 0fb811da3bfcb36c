"""A call lasts at most as long as its plan says."""

import pytest

from offhook.core.decisions import EndCall, Say
from offhook.core.ending import Limits, Prices
from offhook.core.facts import CallerFound, CallerStatus, Connected, Planned, SessionStarted, Tick, UsageUpdated
from offhook.core.usage import cost_of
from offhook.policies.limits import LimitsPolicy

WEB = CallerFound("anna", phone=False, active=True)
RINGING = CallerFound("sip_1", phone=True, active=False)
TIME_IS_UP = EndCall("limit", goodbye="Time is up.", by="limits", why="the call reached its limit of 60 s")


def started(*, at: float) -> LimitsPolicy:
    policy = LimitsPolicy()
    policy.handle(WEB, 0.0)
    policy.handle(Planned(limits=Limits(seconds=60, goodbye="Time is up.")), 0.0)
    policy.handle(SessionStarted(), at)
    return policy


def test_nothing_runs_out_before_the_session_has_started() -> None:
    policy = LimitsPolicy()
    assert policy.handle(Connected("room", "agent"), 0.0) == ()
    assert policy.deadline is None


def test_the_call_ends_with_its_goodbye_when_its_time_is_up() -> None:
    policy = started(at=5.0)
    assert policy.deadline == 65.0
    assert policy.handle(Tick(), 64.9) == ()
    assert policy.handle(Tick(), 65.0) == [TIME_IS_UP]


def test_it_is_said_once() -> None:
    policy = started(at=0.0)
    policy.handle(Tick(), 60.0)
    assert policy.deadline is None
    assert policy.handle(Tick(), 61.0) == ()


def test_a_second_start_of_the_session_gives_no_more_time() -> None:
    policy = started(at=0.0)
    policy.handle(SessionStarted(), 30.0)
    assert policy.deadline == 60.0


def test_a_plan_without_limits_still_has_one() -> None:
    policy = LimitsPolicy()
    policy.handle(WEB, 0.0)
    policy.handle(SessionStarted(), 0.0)
    assert policy.deadline == 3600.0


def test_the_caller_is_warned_before_the_end() -> None:
    policy = LimitsPolicy()
    policy.handle(
        Planned(limits=Limits(seconds=60, warning="Ten seconds left.", warn_before=10, goodbye="Time is up.")), 0.0
    )
    policy.handle(WEB, 0.0)
    policy.handle(SessionStarted(), 0.0)
    assert policy.deadline == 50.0
    assert policy.handle(Tick(), 50.0) == [Say("Ten seconds left.", tag="limit", why="10 s of 60 s are left")]
    assert policy.deadline == 60.0
    assert policy.handle(Tick(), 60.0) == [TIME_IS_UP]


def test_a_warning_that_comes_too_late_is_not_said() -> None:
    policy = LimitsPolicy()
    policy.handle(
        Planned(limits=Limits(seconds=60, warning="Ten seconds left.", warn_before=10, goodbye="Time is up.")), 0.0
    )
    policy.handle(WEB, 0.0)
    policy.handle(SessionStarted(), 0.0)
    assert policy.handle(Tick(), 61.0) == [TIME_IS_UP]


def test_the_time_of_a_phone_counts_from_its_answer_and_not_while_it_rings() -> None:
    policy = LimitsPolicy()
    policy.handle(RINGING, 0.0)
    policy.handle(
        Planned(limits=Limits(seconds=60, warning="Ten seconds left.", warn_before=10, goodbye="Time is up.")), 0.0
    )
    policy.handle(SessionStarted(), 1.0)
    assert policy.handle(Tick(), 70.0) == ()
    policy.handle(CallerStatus("ringing"), 70.0)
    policy.handle(CallerStatus("active"), 75.0)
    assert policy.deadline == 125.0
    assert policy.handle(Tick(), 125.0) == [Say("Ten seconds left.", tag="limit", why="10 s of 60 s are left")]
    assert policy.handle(Tick(), 135.0) == [TIME_IS_UP]


def test_a_phone_that_is_answered_before_the_session_has_started_counts_from_the_start() -> None:
    policy = LimitsPolicy()
    for fact in (RINGING, CallerStatus("active"), CallerStatus("hangup")):
        policy.handle(fact, 5.0)
    assert policy.deadline is None
    policy.handle(SessionStarted(), 8.0)
    assert policy.deadline == 3608.0


@pytest.mark.parametrize("found", [[RINGING], []])
def test_a_session_for_which_nobody_comes_to_the_line_ends_after_an_hour(found: list[CallerFound]) -> None:
    policy = LimitsPolicy()
    policy.handle(
        Planned(limits=Limits(seconds=60, warning="Ten seconds left.", warn_before=10, goodbye="Time is up.")), 0.0
    )
    for fact in found:
        policy.handle(fact, 0.0)
    policy.handle(SessionStarted(), 1.0)
    assert policy.deadline == 3601.0
    assert policy.handle(Tick(), 3601.0) == [
        EndCall("limit", goodbye="", by="limits", why="the caller did not answer within 3600 s")
    ]
    assert policy.deadline is None


PRICES = Prices(input=2.0, cached=1.0, output=10.0, characters=30.0, heard=0.006, spoken=0.06)


def test_a_call_costs_what_its_models_used() -> None:
    used = UsageUpdated(
        input_tokens=1_000_000, cached_tokens=500_000, output_tokens=100_000, characters=10_000, heard=60, spoken=30
    )
    assert cost_of(used, PRICES) == pytest.approx(1.0 + 0.5 + 1.0 + 0.3 + 0.006 + 0.03)
    assert cost_of(used, Prices(input=2.0)) == pytest.approx(2.0)


def test_a_call_that_has_cost_enough_ends_once() -> None:
    policy = LimitsPolicy()
    policy.handle(Planned(limits=Limits(cost=0.5, prices=PRICES, goodbye="Time is up.")), 0.0)
    policy.handle(SessionStarted(), 0.0)
    assert policy.handle(UsageUpdated(output_tokens=49_000), 1.0) == ()
    assert policy.handle(UsageUpdated(output_tokens=51_000), 2.0) == [
        EndCall(
            "limit",
            goodbye="Time is up.",
            by="limits",
            why="the models have cost 0.51; the limit is 0.5",
        )
    ]
    assert policy.handle(UsageUpdated(output_tokens=52_000), 3.0) == ()
    assert policy.deadline is None


def test_a_call_without_a_price_costs_nothing() -> None:
    policy = started(at=0.0)
    assert policy.handle(UsageUpdated(output_tokens=10**12), 1.0) == ()


def test_audio_tokens_cost_as_text_tokens_unless_they_have_a_price() -> None:
    used = UsageUpdated(
        input_tokens=10_000_000,
        cached_tokens=4_000_000,
        output_tokens=3_000_000,
        input_audio_tokens=5_000_000,
        cached_audio_tokens=1_000_000,
        output_audio_tokens=2_000_000,
    )
    text = Prices(input=4.0, cached=1.0, output=16.0)
    assert cost_of(used, text) == pytest.approx(6 * 4 + 4 * 1 + 3 * 16)
    audio = Prices(input=4.0, cached=1.0, output=16.0, input_audio=32.0, cached_audio=0.5, output_audio=64.0)
    assert cost_of(used, audio) == pytest.approx(2 * 4 + 3 * 1 + 4 * 32 + 0.5 + 1 * 16 + 2 * 64)
