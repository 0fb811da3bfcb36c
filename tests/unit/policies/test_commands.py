"""A command becomes a wish, and is reported when it is done."""

import pytest

from offhook.core.facts import CallerLeft, Commanded, Fact, LineClosed, LineLost
from offhook.core.verbs import End
from offhook.core.wishes import EndCall, Report
from offhook.policies.commands import Switchboard

LEAVE = Commanded("c1", by="desk", verb=End(goodbye="Bye.", scope="agent"))
WISH = EndCall("command", goodbye="Bye.", scope="agent", by="desk", why="command c1 by desk")


def test_a_command_to_end_is_a_wish_to_end() -> None:
    assert Switchboard().handle(LEAVE, 0.0) == [WISH]


def test_a_shutdown_says_so() -> None:
    order = Commanded("c2", by="worker", verb=End(reason="shutdown"))
    assert Switchboard().handle(order, 0.0) == [EndCall("shutdown", by="worker", why="command c2 by worker")]


@pytest.mark.parametrize("gone", [LineClosed("room"), LineLost("room_deleted")])
def test_every_command_is_reported_once_when_the_line_is_gone(gone: Fact) -> None:
    board = Switchboard()
    board.handle(LEAVE, 0.0)
    board.handle(Commanded("c2", by="worker", verb=End()), 0.0)
    done = [Report("c1", why="the line is closed"), Report("c2", why="the line is closed")]
    assert board.handle(gone, 1.0) == done
    assert board.handle(gone, 2.0) == []


def test_a_command_is_not_reported_before_the_line_is_gone() -> None:
    board = Switchboard()
    board.handle(LEAVE, 0.0)
    assert board.handle(CallerLeft("client_initiated"), 1.0) == ()


def test_it_never_needs_a_clock() -> None:
    assert Switchboard().deadline is None
