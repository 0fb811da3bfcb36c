"""A command becomes a decision and is acknowledged when it is carried out."""

import pytest

from offhook.core.commands import EndCommand
from offhook.core.decisions import AcknowledgeCommand, EndCall
from offhook.core.facts import CallerLeft, CommandReceived, Fact, HangUpDone, RoomDisconnected
from offhook.policies.commands import CommandPolicy

LEAVE = CommandReceived("c1", by="desk", verb=EndCommand(goodbye="Bye.", scope="agent"))
DECISION = EndCall("command", goodbye="Bye.", scope="agent", by="desk", why="command c1 by desk")


def test_a_command_to_end_is_a_wish_to_end() -> None:
    assert CommandPolicy().handle(LEAVE, 0.0) == [DECISION]


def test_a_shutdown_says_so() -> None:
    order = CommandReceived("c2", by="worker", verb=EndCommand(reason="shutdown"))
    assert CommandPolicy().handle(order, 0.0) == [EndCall("shutdown", by="worker", why="command c2 by worker")]


@pytest.mark.parametrize(
    ("gone", "why"),
    [(HangUpDone("room"), "the call was hung up"), (RoomDisconnected("room_deleted"), "the room disconnected")],
)
def test_every_command_is_reported_once_when_the_line_is_gone(gone: Fact, why: str) -> None:
    policy = CommandPolicy()
    policy.handle(LEAVE, 0.0)
    policy.handle(CommandReceived("c2", by="worker", verb=EndCommand()), 0.0)
    done = [AcknowledgeCommand("c1", why=why), AcknowledgeCommand("c2", why=why)]
    assert policy.handle(gone, 1.0) == done
    assert policy.handle(gone, 2.0) == []


def test_a_command_that_left_the_line_open_is_reported_as_failed() -> None:
    policy = CommandPolicy()
    policy.handle(LEAVE, 0.0)
    failed = AcknowledgeCommand("c1", error="the connection was left open: 503", why="the hang-up failed")
    assert policy.handle(HangUpDone("room", left_open="503"), 1.0) == [failed]


def test_a_command_is_not_reported_before_the_line_is_gone() -> None:
    policy = CommandPolicy()
    policy.handle(LEAVE, 0.0)
    assert policy.handle(CallerLeft("client_initiated"), 1.0) == ()


def test_it_never_needs_a_clock() -> None:
    assert CommandPolicy().deadline is None
