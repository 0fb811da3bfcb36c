"""A call whose session does not start in time ends."""

import pytest

from offhook.core.decisions import EndCall
from offhook.core.facts import (
    CallerFound,
    CallerLeft,
    CallerStatus,
    EndRequested,
    Fact,
    PauseChanged,
    Planned,
    SessionStarted,
    Tick,
)
from offhook.policies.starting import StartPolicy

WEB = CallerFound("anna", phone=False, active=True)
RINGING = CallerFound("anna", phone=True, active=False)


def told(*facts: Fact, at: float = 0.0) -> StartPolicy:
    policy = StartPolicy()
    for fact in facts:
        assert policy.handle(fact, at) == ()
    return policy


def test_a_session_has_twenty_seconds_to_start() -> None:
    policy = told(Planned(), WEB, at=5.0)
    assert policy.deadline == 25.0
    assert policy.handle(Tick(), 24.0) == ()
    (end,) = policy.handle(Tick(), 25.0)
    assert isinstance(end, EndCall)
    assert (end.reason, end.goodbye) == ("error", None)
    assert "call `await session.start(…)` first" in end.why
    assert policy.deadline is None


@pytest.mark.parametrize("facts", [(Planned(),), (WEB,), (Planned(), RINGING), (Planned(), RINGING, CallerStatus("x"))])
def test_nobody_waits_before_the_call_is_planned_and_answered(facts: tuple[Fact, ...]) -> None:
    assert told(*facts).deadline is None


def test_a_phone_counts_from_when_it_is_answered() -> None:
    policy = told(Planned(), RINGING)
    policy.handle(CallerStatus("active"), 30.0)
    assert policy.deadline == 50.0


@pytest.mark.parametrize("settled", [SessionStarted(), EndRequested("command"), CallerLeft("client_initiated")])
def test_it_is_over_when_the_session_has_started_or_the_call_ends(settled: Fact) -> None:
    policy = told(Planned(), WEB, settled)
    policy.handle(PauseChanged("hold", paused=False), 1.0)
    assert policy.deadline is None


def test_a_pause_that_code_asks_for_is_waited_for_but_not_for_ever() -> None:
    policy = told(Planned(), WEB, PauseChanged("hold", paused=True))
    assert policy.deadline == 300.0
    policy.handle(PauseChanged("hold", paused=False), 60.0)
    assert policy.deadline == 80.0
