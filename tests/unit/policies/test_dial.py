"""The dial policy: one attempt, more attempts after the outcomes that the plan names, then the end with its reason."""

import pytest

from offhook.core.decisions import Decision, EndCall, PlaceCall
from offhook.core.dial import DialOutcome, Redial
from offhook.core.facts import CallerStatus, DialRequested, DialResult, EndRequested, RoomDisconnected, Tick
from offhook.policies.dial import DialPolicy


def requested(redial: Redial | None = None) -> DialRequested:
    return DialRequested("+15551234567", "ST_1", "phone", 30, redial)


def dialling(redial: Redial | None = None) -> DialPolicy:
    policy = DialPolicy()
    policy.handle(requested(redial), now=0)
    return policy


def test_a_request_places_the_call() -> None:
    policy = DialPolicy()
    assert policy.handle(requested(), now=0) == [PlaceCall(1, why="the plan dials")]
    assert policy.handle(requested(), now=0) == ()
    assert policy.handle(CallerStatus("active"), now=0) == ()


def test_an_answer_ends_the_dialling() -> None:
    policy = dialling(Redial())
    assert policy.handle(DialResult("answered"), now=5) == ()
    assert policy.handle(DialResult("busy"), now=6) == ()
    assert policy.deadline is None


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        ("busy", "busy"),
        ("no_answer", "no_answer"),
        ("declined", "declined"),
        ("unreachable", "unreachable"),
        ("refused", "rejected"),
        ("failed", "error"),
        ("cancelled", "error"),
    ],
)
def test_each_failure_ends_the_call_with_its_reason_and_without_a_goodbye(outcome: DialOutcome, reason: str) -> None:
    (end,) = dialling().handle(DialResult(outcome, text="because"), now=5)
    assert isinstance(end, EndCall)
    assert (end.reason, end.goodbye, end.why) == (reason, "", "because")


def test_the_outcome_explains_an_end_without_a_text() -> None:
    (end,) = dialling().handle(DialResult("busy"), now=5)
    assert isinstance(end, EndCall)
    assert end.why == "busy"


def test_it_dials_again_as_often_as_the_plan_says() -> None:
    policy = dialling(Redial(on=["busy"], times=2, pause=5))
    seen = list[Decision]()
    for attempt in (1, 2, 3):
        seen += policy.handle(DialResult("busy", attempt=attempt), now=attempt * 10)
        if policy.deadline is not None:
            assert policy.handle(Tick(), now=policy.deadline - 1) == ()
            seen += policy.handle(Tick(), now=policy.deadline)
    again = "the pause is over"
    assert seen[:-1] == [PlaceCall(2, why=again), PlaceCall(3, why=again)]
    assert isinstance(seen[-1], EndCall)
    assert seen[-1].reason == "busy"


def test_it_does_not_dial_again_after_another_outcome() -> None:
    (end,) = dialling(Redial(on=["busy"])).handle(DialResult("declined", 603), now=5)
    assert isinstance(end, EndCall)


@pytest.mark.parametrize("over", [EndRequested("command"), RoomDisconnected("gone")])
def test_the_end_of_the_call_stops_the_dialling(over: EndRequested | RoomDisconnected) -> None:
    policy = dialling(Redial())
    policy.handle(DialResult("busy"), now=1)
    assert policy.handle(over, now=2) == ()
    assert policy.handle(Tick(), now=100) == ()
    assert policy.handle(DialResult("cancelled"), now=3) == ()
    assert policy.deadline is None
