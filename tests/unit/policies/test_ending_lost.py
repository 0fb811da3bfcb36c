"""A call also ends when the caller hangs up, the room disconnects or hanging up fails."""

import pytest

from offhook.core.decisions import HangUp
from offhook.core.ending import Scope
from offhook.core.facts import (
    CallerLeft,
    Ended,
    EndRequested,
    Fact,
    HangUpDone,
    LinePlayed,
    OtherParticipants,
    RoomDisconnected,
    Tick,
)
from offhook.policies.ending import EndingPolicy

BYE = EndRequested("agent_ended", goodbye="Goodbye.", by="tool", detail="they said bye")
SAID = LinePlayed("goodbye")


def closer(*facts: Fact) -> EndingPolicy:
    policy = EndingPolicy()
    for fact in facts:
        policy.handle(fact, 0.0)
    return policy


@pytest.mark.parametrize("before", [(), (BYE,), (BYE, SAID)])
def test_a_caller_who_hangs_up_leaves_an_empty_room_that_is_closed(before: tuple[Fact, ...]) -> None:
    policy = closer(*before)
    reason, detail = ("agent_ended", "they said bye") if before else ("caller_hung_up", "client_initiated")
    assert policy.handle(CallerLeft("client_initiated"), 1.0) == [
        HangUp(reason, "room", detail=detail, why="the caller left")  # type: ignore[arg-type]  # of a conditional
    ]
    assert (policy.stage, policy.deadline) == ("closing", 31.0)


def test_others_in_the_room_may_stay_there() -> None:
    policy = closer(OtherParticipants(1))
    assert policy.handle(CallerLeft("client_initiated"), 1.0) == [
        HangUp("caller_hung_up", "agent", detail="client_initiated", why="the caller left")
    ]


@pytest.mark.parametrize("closed", [EndRequested("command"), RoomDisconnected("room_deleted")])
def test_a_caller_who_goes_when_all_is_over_changes_nothing(closed: Fact) -> None:
    policy = closer(closed)
    stage = policy.stage
    assert policy.handle(CallerLeft("participant_removed"), 1.0) == ()
    assert policy.stage == stage


def test_a_closed_line_is_the_end() -> None:
    policy = closer(EndRequested("command"))
    assert policy.handle(HangUpDone("room"), 1.0) == ()
    assert (policy.stage, policy.outcome) == ("over", Ended("command"))


def test_a_line_that_was_left_open_is_told() -> None:
    policy = closer(EndRequested("command", detail="by desk"), HangUpDone("room", left_open="500"))
    assert policy.outcome == Ended("command", detail="by desk; left open: 500")


@pytest.mark.parametrize(("others", "scope"), [(0, "room"), (1, "agent")])
def test_own_code_that_leaves_the_room_leaves_no_caller_alone_in_it(others: int, scope: Scope) -> None:
    policy = closer(OtherParticipants(others))
    assert policy.handle(RoomDisconnected("client_initiated"), 1.0) == [
        HangUp("agent_ended", scope, detail="room.disconnect()", why="the agent's code left the room")
    ]
    assert policy.stage == "closing"


@pytest.mark.parametrize("before", [(), (BYE,), (BYE, SAID)])
def test_a_lost_line_is_the_end_while_nobody_closes_it(before: tuple[Fact, ...]) -> None:
    policy = closer(*before)
    assert policy.handle(RoomDisconnected("room_deleted"), 1.0) == ()
    assert (policy.stage, policy.deadline) == ("over", None)
    assert policy.outcome.reason == ("agent_ended" if before else "room_closed")


def test_a_line_lost_by_hanging_up_waits_for_what_the_hang_up_has_to_tell() -> None:
    policy = closer(EndRequested("command"))
    policy.handle(RoomDisconnected("client_initiated"), 1.0)
    assert (policy.stage, policy.deadline) == ("closing", 3.0)
    policy.handle(HangUpDone("caller", left_open="500"), 1.5)
    assert (policy.stage, policy.outcome) == ("over", Ended("command", detail="left open: 500"))


def test_a_lost_line_is_not_waited_for_long() -> None:
    policy = closer(EndRequested("command"), RoomDisconnected("room_deleted"))
    assert policy.handle(Tick(), 2.0) == ()
    assert (policy.stage, policy.deadline, policy.outcome) == ("over", None, Ended("command"))


def test_a_line_that_never_says_that_it_is_closed_was_left_open() -> None:
    policy = closer(EndRequested("command"))
    assert policy.deadline == 30.0
    assert policy.handle(Tick(), 30.0) == ()
    assert (policy.stage, policy.outcome) == (
        "over",
        Ended("command", detail="left open: the hang-up did not finish within 30 s"),
    )


def test_code_that_leaves_the_room_after_the_end_starts_no_second_hang_up() -> None:
    policy = EndingPolicy()
    policy.handle(EndRequested("command"), now=0)
    policy.handle(HangUpDone("room"), now=1)
    assert policy.handle(RoomDisconnected("client_initiated"), now=2) == ()
    assert (policy.stage, policy.outcome) == ("over", Ended("command"))
