"""All facts around the end of a call, in every order: the call is hung up exactly once."""

from collections.abc import Sequence
from itertools import permutations
from typing import Literal

import pytest

from offhook.core.decisions import HangUp
from offhook.core.ending import Ending
from offhook.core.facts import (
    CallerFound,
    CallerLeft,
    EndRequested,
    Fact,
    HangUpDone,
    LinePlayed,
    Planned,
    SessionClosed,
    Tick,
)
from offhook.policies.ending import EndingPolicy

TURNS: Sequence[Fact] = (
    EndRequested("agent_ended", goodbye="Goodbye.", by="tool"),
    EndRequested("limit", goodbye="Time is up.", by="limits"),
    EndRequested("command", goodbye="", by="desk"),
    SessionClosed("error", error="401"),
    CallerLeft("client_initiated"),
    LinePlayed("goodbye", interrupted=True),
    LinePlayed("goodbye", error="no voice"),
)
ORDERS = 5040
"""Of seven facts; with both values of `on_interruption`, 10,080 calls."""


def hang_ups(over: Literal["finish", "reconsider"], order: Sequence[Fact], *, answers: int) -> list[HangUp]:
    """Run one call, with a fact each second; `HangUpDone` follows `answers` facts after the hang-up."""
    closer, decisions = EndingPolicy(), []
    closer.handle(Planned(ending=Ending(on_interruption=over, timeout=4)), 0.0)
    closer.handle(CallerFound("anna", phone=False, active=True), 0.0)
    now, answered = 0.0, -1
    for fact in [*order, *[None] * 40]:
        now += 1.0
        while closer.deadline is not None and closer.deadline <= now:
            decisions += closer.handle(Tick(), closer.deadline)
        if fact is not None:
            decisions += closer.handle(fact, now)
        if answered < 0 and any(isinstance(one, HangUp) for one in decisions):
            answered = answers
        if answered == 0:
            decisions += closer.handle(HangUpDone("room"), now)
        answered -= answered >= 0
        if closer.stage == "over" and fact is None:
            break
    assert closer.stage == "over", order
    return [one for one in decisions if isinstance(one, HangUp)]


@pytest.mark.parametrize("over", ["finish", "reconsider"])
def test_in_every_order_the_line_is_cut_once(over: Literal["finish", "reconsider"]) -> None:
    cut = [len(hang_ups(over, order, answers=number % 9)) for number, order in enumerate(permutations(TURNS))]
    assert cut == [1] * ORDERS
