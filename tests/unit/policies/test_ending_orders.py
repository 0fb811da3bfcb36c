"""All that can happen around the end of a call, in every order: the line is cut once, never twice, never not at all."""

from collections.abc import Sequence
from itertools import permutations
from typing import Literal

import pytest

from offhook.core.ending import Ending
from offhook.core.facts import (
    CallerFound,
    CallerLeft,
    EndWanted,
    Fact,
    LineClosed,
    Planned,
    SessionClosed,
    Spoken,
    Tick,
)
from offhook.core.wishes import HangUp
from offhook.policies.ending import Closer

TURNS: Sequence[Fact] = (
    EndWanted("agent_ended", goodbye="Goodbye.", by="tool"),
    EndWanted("limit", goodbye="Time is up.", by="limits"),
    EndWanted("command", goodbye="", by="desk"),
    SessionClosed("error", error="401"),
    CallerLeft("client_initiated"),
    Spoken("goodbye", interrupted=True),
    Spoken("goodbye", error="no voice"),
)
ORDERS = 5040
"""Of seven things; with both ways to treat a goodbye that is talked into, 10,080 calls."""


def hang_ups(over: Literal["finish", "reconsider"], order: Sequence[Fact], *, answers: int) -> list[HangUp]:
    """Play one call, a second for each thing; the line reports `answers` things after the hang-up."""
    closer, wishes = Closer(), []
    closer.handle(Planned(ending=Ending(over=over, patience=4)), 0.0)
    closer.handle(CallerFound("anna", phone=False, active=True), 0.0)
    now, answered = 0.0, -1
    for fact in [*order, *[None] * 40]:
        now += 1.0
        while closer.deadline is not None and closer.deadline <= now:
            wishes += closer.handle(Tick(), closer.deadline)
        if fact is not None:
            wishes += closer.handle(fact, now)
        if answered < 0 and any(isinstance(one, HangUp) for one in wishes):
            answered = answers
        if answered == 0:
            wishes += closer.handle(LineClosed("room"), now)
        answered -= answered >= 0
        if closer.stage == "over" and fact is None:
            break
    assert closer.stage == "over", order
    return [one for one in wishes if isinstance(one, HangUp)]


@pytest.mark.parametrize("over", ["finish", "reconsider"])
def test_in_every_order_the_line_is_cut_once(over: Literal["finish", "reconsider"]) -> None:
    cut = [len(hang_ups(over, order, answers=number % 9)) for number, order in enumerate(permutations(TURNS))]
    assert cut == [1] * ORDERS
